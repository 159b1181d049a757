// Re-driving (SPEC.md): what a receiver makes of it, and every way to do it wrong.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  isRejected,
  origin,
  rememberOrigin,
  type QuarantinedRecord,
  type Received,
  type Verified,
} from '@sealwire/core';

import type { PartitionLedger } from '@sealwire/replay';
import {
  carrierInstance,
  decodeEvidence,
  decodeOuter,
  decodeSession,
  encodeRedrive,
} from '@sealwire/envelope';
import {
  as,
  dayMs,
  forgedCarrier,
  forgedEvidence,
  judged,
  ledger,
  lying,
  offset,
  quarantined,
  readBy,
  redriven,
  sent,
  startMs,
  type Setting,
} from './redrive-world.js';

/** Nobody may send, for now: what the rest of the tests cure. */
const refusing: Setting = { senders: [] };
const later = startMs + 3 * dayMs;
const cured: Setting = { nowMs: later };

const codeOf = async (...given: Parameters<typeof judged>): Promise<string> => {
  const outcome = await judged(...given);
  return outcome.verified ? 'verified' : outcome.code;
};

const payloadOf = ({ original, session, evidence }: QuarantinedRecord, change: object = {}): Buffer =>
  encodeRedrive({
    value: original.value,
    headers: original.headers,
    session,
    evidence: evidence!,
    ...change,
  });

/** The nonce that its carrier must have. */
function nonceOf({ original, evidence }: QuarantinedRecord): { instance: Buffer; sequence: number } {
  const { sender, instance } = decodeSession(decodeOuter(original.value!).session);
  return {
    instance: carrierInstance(decodeEvidence(evidence!).rejection, { sender, instance, stream: 0 }),
    sequence: 0,
  };
}

describe('a re-driven message', () => {
  it('[Q-10] is handed over as its sender sealed it, long after it would be too old, with who re-drove it', async () => {
    const received = sent();
    expect(await codeOf({ ...received, receivedAtMs: later, appendedAtMs: later })).toBe('ERR_POLICY_AGE');
    const record = await quarantined(received, refusing);
    const outcome = (await judged(await redriven(record, cured), cured)) as Verified;
    expect(outcome).toMatchObject({
      verified: true,
      payload: Buffer.from('{"do":"it"}'),
      headers: [
        { name: 'inside', values: [Buffer.from('x')] },
        { name: 'tenant', values: [Buffer.from('acme')] },
      ],
      received: offset('40'),
      redriven: { by: 'olga', code: 'ERR_POLICY_SENDER', rejectedBy: 'bob', judgedAtMs: startMs },
    });
    expect(outcome.facts).toMatchObject({ sender: 'alice', type: 'task', issuedAtMs: startMs });
    const message = {};
    rememberOrigin(message, outcome);
    expect(origin(message)).toMatchObject({ sender: 'alice', redrivenBy: 'olga' });
    const { inlet, lines } = as('bob', cured);
    await inlet.conclude([outcome]);
    expect(JSON.parse(String(lines[0]))).toMatchObject({
      kind: 'message.received',
      sender_id: 'alice',
      redriven_by: 'olga',
      redriven_in: outcome.redriven!.carrier.messageHash.toString('hex'),
      rejected_by: 'bob',
      rejected_for: 'ERR_POLICY_SENDER',
      offset: '40',
    });
  });

  it('keeps the signature of its sender verifiable: the record in the carrier is the one that was rejected, to the byte', async () => {
    const received = sent();
    const record = await quarantined(received, refusing);
    expect(record.original).toMatchObject({
      value: received.value,
      key: received.key,
      headers: received.headers,
    });
  });

  it('stays a tombstone where it was one', async () => {
    const received = sent({ payload: null, headers: [{ name: 'tenant', values: [Buffer.from('acme')] }] });
    const record = await quarantined(received, refusing);
    expect(await judged(await redriven(record, cured), cured)).toMatchObject({
      verified: true,
      payload: null,
    });
  });

  it('stands in its place in a batch, among others and after what is refused', async () => {
    const record = await quarantined(sent(), refusing);
    const carrier = await redriven(record, cured);
    const fresh = {
      ...lying(sent({}, cured), { appendedAtMs: later, receivedAtMs: later }),
      ...offset('41'),
    };
    const junk = { ...carrier, value: Buffer.from('junk') };
    const outcomes = await as('bob', cured).inlet.open([junk, carrier, fresh, carrier], null);
    expect(
      outcomes.map((one) => (one.verified ? (one.redriven?.by ?? 'fresh') : isRejected(one) && one.code)),
    ).toEqual(['ERR_FORMAT_NOT_SEALED', 'olga', 'fresh', 'olga']);
  });

  it('[Q-10] is quarantined as the carrier where the policy still refuses it, and that can be re-driven when it is cured', async () => {
    const record = await quarantined(sent(), refusing);
    const carrier = await redriven(record, cured);
    const outcome = await judged(carrier, { ...cured, ...refusing });
    expect(outcome).toMatchObject({
      verified: false,
      code: 'ERR_POLICY_SENDER',
      received: { value: carrier.value },
      reason: expect.stringContaining('re-driven by olga'),
      claims: { sender: 'alice' },
    });
    expect(await codeOf(await redriven(record, cured), cured)).toBe('verified');
  });

  it('[Q-2] has the same nonce whenever and from whichever copy it is made, and never the same key', async () => {
    const received = sent();
    const [one, copy] = [
      await quarantined(received, refusing),
      await quarantined({ ...received, ...offset('18') }, refusing),
    ];
    const outcomes = [
      await redriven(one, cured),
      await redriven(one, { nowMs: later + 5000 }),
      await redriven(copy, cured),
    ];
    const nonces = await Promise.all(
      outcomes.map(async (carrier) =>
        ((await judged(carrier, cured)) as Verified).redriven!.carrier.nonce.toString('hex'),
      ),
    );
    expect(new Set(nonces).size).toBe(1);
    const wraps = outcomes.map(({ value }) =>
      decodeSession(decodeOuter(value!).session).wraps[0]!.wrapped.toString('hex'),
    );
    expect(new Set(wraps).size).toBe(3);
  });
});

describe('evidence', () => {
  it('[Q-1] is signed for what a cure can change, and for nothing else', async () => {
    const { inlet } = as('bob');
    const [rejected] = await as('bob', refusing).inlet.open([sent()], null);
    if (!isRejected(rejected!)) throw new Error('it was not rejected');
    const signed = async (code: string): Promise<boolean> =>
      (await inlet.testify([{ ...rejected, code: code as never }]))[0] !== null;
    const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8');
    const listed = /\*\*Q-1\*\*(.*)/.exec(spec)![1]!.match(/ERR_[A-Z_]+/g)!;
    expect(listed).toHaveLength(16);
    for (const code of listed) expect([code, await signed(code)]).toEqual([code, true]);
    for (const code of [
      'ERR_POLICY_REPLAY',
      'ERR_POLICY_DUPLICATE',
      'ERR_INTEGRITY_SIGNATURE',
      'ERR_POLICY_REDRIVE',
    ])
      expect([code, await signed(code)]).toEqual([code, false]);
  });

  it('is not signed for a carrier: what it carries is re-driven, not it', async () => {
    const record = await quarantined(sent(), refusing);
    const { inlet } = as('bob', { ...cured, redriveBy: [] });
    const [rejected] = await inlet.open([await redriven(record, cured)], null);
    expect(rejected).toMatchObject({ verified: false, code: 'ERR_POLICY_REDRIVE' });
    expect(await inlet.testify([rejected as never])).toEqual([null]);
  });
});

describe('a receiver refuses', () => {
  const record = () => quarantined(sent(), refusing);

  it('[Q-4] a carrier of somebody who may not, and of everybody where the policy names nobody', async () => {
    const one = await record();
    const carrier = forgedCarrier(payloadOf(one), { ...nonceOf(one), by: 'eve', nowMs: later });
    expect(await codeOf(carrier, cured)).toBe('ERR_POLICY_REDRIVE');
    expect(await codeOf(carrier, { ...cured, redriveBy: ['eve'] })).toBe('verified');
    expect(await codeOf(await redriven(one, cured), { ...cured, redriveBy: [] })).toBe('ERR_POLICY_REDRIVE');
  });

  it.each([
    ['another audience', { audience: ['others'] }],
    ['another content type', { contentType: 'application/json' }],
    ['a schema', { schema: Buffer.alloc(32) }],
  ])('[Q-4] a carrier with %s', async (_, route) => {
    const one = await record();
    if ('audience' in route) {
      const forge = () => forgedCarrier(payloadOf(one), { ...nonceOf(one), nowMs: later, route });
      // The world has no such audience to seal for: its policy refuses it before.
      expect(forge).toThrow(expect.objectContaining({ code: 'ERR_KEY_MISSING' }));
      return;
    }
    const carrier = forgedCarrier(payloadOf(one), { ...nonceOf(one), nowMs: later, route });
    expect(await codeOf(carrier, cured)).toBe('ERR_POLICY_REDRIVE');
  });

  it('[Q-4] a carrier that is too old itself', async () => {
    const carrier = await redriven(await record(), cured);
    const stale = { ...carrier, appendedAtMs: later + 61_000, receivedAtMs: later + 61_000 };
    expect(await codeOf(stale, cured)).toBe('ERR_POLICY_AGE');
  });

  it('[Q-5] a carrier with another nonce: a tool that draws its own could deliver twice', async () => {
    const one = await record();
    const { instance, sequence } = nonceOf(one);
    const make = (change: object) =>
      forgedCarrier(payloadOf(one), { instance, sequence, nowMs: later, ...change });
    expect(await codeOf(make({}), cured)).toBe('verified');
    expect(await codeOf(make({ instance: Buffer.alloc(16, 9) }), cured)).toBe('ERR_POLICY_REDRIVE');
    expect(await codeOf(make({ sequence: 1 }), cured)).toBe('ERR_POLICY_REDRIVE');
  });

  it('[Q-5] a payload that is malformed, and a carrier in a carrier', async () => {
    const one = await record();
    for (const payload of [
      Buffer.from('junk'),
      payloadOf(one).subarray(0, -1),
      payloadOf(one, { evidence: Buffer.from('x') }),
    ])
      expect(await codeOf(forgedCarrier(payload, { ...nonceOf(one), nowMs: later }), cured)).toBe(
        'ERR_POLICY_REDRIVE',
      );
    const inner = await redriven(one, cured);
    const nested = forgedCarrier(
      encodeRedrive({ value: inner.value, headers: [], session: null, evidence: one.evidence! }),
      { ...nonceOf(one), nowMs: later },
    );
    expect(await codeOf(nested, cured)).toBe('ERR_POLICY_REDRIVE');
  });

  it('[Q-6] a message that was changed in its carrier, and another one than was rejected', async () => {
    const one = await record();
    const bent = Buffer.from(one.original.value!);
    bent[bent.length - 5]! ^= 1;
    const other = sent({ payload: Buffer.from('{"do":"other"}') }).value;
    for (const value of [bent, other])
      expect(
        await codeOf(forgedCarrier(payloadOf(one, { value }), { ...nonceOf(one), nowMs: later }), cured),
      ).toMatch(/^ERR_(POLICY_REDRIVE|INTEGRITY_)/);
    const carried = await redriven(one, cured);
    const key = forgedCarrier(payloadOf(one), { ...nonceOf(one), nowMs: later, key: Buffer.from('other') });
    expect(await codeOf(key, cured)).toBe('ERR_POLICY_REDRIVE');
    expect(await codeOf({ ...carried, key: Buffer.from('other') }, cured)).toBe('ERR_INTEGRITY_SIGNATURE');
  });

  it('[Q-6] headers that were changed in the carrier', async () => {
    const one = await record();
    const headers = [{ name: 'tenant', values: [Buffer.from('other')] }];
    const carrier = forgedCarrier(payloadOf(one, { headers }), { ...nonceOf(one), nowMs: later });
    expect(await codeOf(carrier, cured)).toBe('ERR_POLICY_HEADERS');
  });

  it('[Q-6] evidence of somebody whom the message is not for, and what was changed in it', async () => {
    const received = sent();
    const byEve = await quarantined(received, refusing, 'eve');
    expect(await codeOf(forgedCarrier(payloadOf(byEve), { ...nonceOf(byEve), nowMs: later }), cured)).toBe(
      'ERR_POLICY_REDRIVE',
    );
    const one = await record();
    const changed = Buffer.from(one.evidence!);
    changed.write('ERR_KEY_STATUS___', one.evidence!.indexOf('ERR_POLICY_SENDER'));
    const forged = forgedCarrier(payloadOf(one, { evidence: changed }), { ...nonceOf(one), nowMs: later });
    expect(await codeOf(forged, cured)).toBe('ERR_POLICY_REDRIVE');
  });

  it('[Q-6] evidence of a replay, however honestly it was signed', async () => {
    const one = await record();
    const signed = (change: object): Promise<string> =>
      codeOf(
        forgedCarrier(payloadOf(one, { evidence: forgedEvidence(one.evidence!, change) }), {
          ...nonceOf(one),
          nowMs: later,
        }),
        cured,
      );
    expect(await signed({})).toBe('verified');
    expect(await signed({ code: 'ERR_POLICY_REPLAY' })).toBe('ERR_POLICY_REDRIVE');
    expect(await signed({ realm: Buffer.alloc(16) })).toBe('ERR_POLICY_REDRIVE');
    expect(await signed({ recordHash: Buffer.alloc(32) })).toBe('ERR_POLICY_REDRIVE');
    expect(await signed({ transport: 'rabbitmq' })).toBe('ERR_POLICY_REDRIVE');
  });

  it('[Q-6] evidence under a key that was not good then', async () => {
    const carrier = await redriven(await record(), cured);
    const distrusted: Setting = {
      ...cured,
      key: (key) => (key.owner === 'bob' ? { ...key, distrustFromMs: startMs - 1 } : key),
    };
    expect(await codeOf(carrier, distrusted)).toBe('ERR_POLICY_REDRIVE');
    const elses: Setting = { ...cured, key: (key) => (key.owner === 'bob' ? { ...key, owner: 'eve' } : key) };
    expect(await codeOf(carrier, elses)).toBe('ERR_POLICY_REDRIVE');
  });

  it('[Q-6] a carrier in another partition, topic or channel than the message was rejected in', async () => {
    const one = await record();
    const carrier = await redriven(one, cured);
    expect(await codeOf({ ...carrier, ...offset('40', 4) }, cured)).toBe('ERR_POLICY_PARTITION');
    expect(await codeOf({ ...carrier, ...offset('40', 3, 'elsewhere') }, cured)).toBe('ERR_POLICY_CHANNEL');
    expect(await codeOf({ ...carrier, ...offset('40', 3, 'same-channel') }, cured)).toBe(
      'ERR_POLICY_REDRIVE',
    );
    const moved = forgedCarrier(payloadOf(one), { ...nonceOf(one), nowMs: later, partition: 4 });
    expect(await codeOf(moved, cured)).toBe('ERR_POLICY_REDRIVE');
  });

  it('[Q-7] what was rejected too long ago, or is said to be rejected in the future', async () => {
    const one = await record();
    const carrier = await redriven(one, cured);
    expect(await codeOf(carrier, { ...cured, redriveMaxAgeMs: 2 * dayMs })).toBe('ERR_POLICY_REDRIVE');
    const early = startMs - 60_000;
    const before = forgedCarrier(payloadOf(one), { ...nonceOf(one), nowMs: early });
    expect(await codeOf(before, { nowMs: early })).toBe('ERR_POLICY_REDRIVE');
  });

  it('[Q-8] nothing in another group: it skips what it had where it first lay', async () => {
    const carrier = await redriven(await record(), cured);
    expect(await codeOf(carrier, { ...cured, group: 'others' })).toBe('ERR_POLICY_DUPLICATE');
  });

  it('what was stale when it was rejected, unless the policy now allows that age', async () => {
    const old = { ...sent(), appendedAtMs: startMs + 120_000, receivedAtMs: startMs + 120_000 };
    const one = await quarantined(old, {});
    expect(one.code).toBe('ERR_POLICY_AGE');
    const longer: Setting = { ...cured, maxAgeMs: 300_000 };
    const carrier = await redriven(one, longer);
    expect(await codeOf(carrier, cured)).toBe('ERR_POLICY_AGE');
    expect(await codeOf(carrier, longer)).toBe('verified');
  });

  it('a message whose sender’s key is no longer believed as of then, and takes one that was revoked later', async () => {
    const carrier = await redriven(await record(), cured);
    const revoked = (fromMs: number): Setting => ({
      ...cured,
      key: (key) => (key.owner === 'alice' ? { ...key, distrustFromMs: fromMs } : key),
    });
    expect(await codeOf(carrier, revoked(startMs - 1))).toBe('ERR_KEY_STATUS');
    expect(await judged(carrier, revoked(startMs + 1))).toMatchObject({ verified: true, keyRevoked: true });
  });
});

describe('[Q-9] the memory of nonces', () => {
  const at = (received: Received, number: string, ms = startMs): Received => ({
    ...received,
    ...offset(number),
    appendedAtMs: ms,
    receivedAtMs: ms,
  });

  it('lets a message be taken from one carrier only, and from its place again', async () => {
    const record = await quarantined(sent(), refusing);
    const [first, second] = [await redriven(record, cured), await redriven(record, cured)];
    const memory = ledger();
    const all = [
      at(first, '40', later),
      at(second, '41', later),
      at(first, '42', later),
      at(first, '43', later + 30_000),
    ];
    const outcomes = ['taken again', 'ERR_POLICY_DUPLICATE', 'ERR_POLICY_DUPLICATE', 'ERR_POLICY_REPLAY'];
    expect(await readBy(memory, all, cured)).toEqual(outcomes);
    expect(await readBy(memory, all, cured)).toEqual(outcomes);
    const inOneBatch = await as('bob', cured).inlet.open(all, ledger());
    expect(inOneBatch.map((one) => (isRejected(one) ? one.code : 'taken again'))).toEqual(outcomes);
  });

  it('lets it be taken from one operator only', async () => {
    const both: Setting = { ...cured, redriveBy: ['olga', 'eve'] };
    const record = await quarantined(sent(), refusing);
    const byEve = forgedCarrier(payloadOf(record), { ...nonceOf(record), by: 'eve', nowMs: later });
    const all = [at(await redriven(record, cured), '40', later), at(byEve, '41', later)];
    expect(await readBy(ledger(), all, both)).toEqual(['taken again', 'ERR_POLICY_DUPLICATE']);
  });

  it('refuses a message that was taken before, and a copy of one that was re-driven, as far as it reaches', async () => {
    const received = sent();
    const record = await quarantined(received, refusing);
    const soon = startMs + 20_000;
    const carrier = await redriven(record, { nowMs: soon });
    expect(await readBy(ledger(), [at(received, '18'), at(carrier, '40', soon)])).toEqual([
      'taken',
      'ERR_POLICY_REPLAY',
    ]);
    expect(await readBy(ledger(), [at(carrier, '40', soon), at(received, '41', soon)])).toEqual([
      'taken again',
      'ERR_POLICY_REPLAY',
    ]);
  });

  it('does not take what it has closed by time for taken: the message may be one that was refused then', async () => {
    let nowMs = startMs;
    const { sealwire } = as('alice', { clock: { nowMs: () => nowMs } });
    const outlet = sealwire.outlet('kafka', { write: () => Promise.resolve() });
    const seal = (text: string): Received => {
      const message = {
        destination: { transport: 'kafka', topic: 'tasks' } as const,
        key: Buffer.from('key'),
      };
      const more = { payload: Buffer.from(text), headers: [], partition: 3, description: {} };
      return lying(outlet.seal([{ ...message, ...more }])[0]!, { appendedAtMs: nowMs, receivedAtMs: nowMs });
    };
    const [missed, next] = [seal('1'), seal('2')];
    nowMs = later;
    const newest = seal('3');
    const record = await quarantined(missed, refusing);
    const carrier = await redriven(record, cured);
    const memory = ledger();
    expect(await readBy(memory, [next])).toEqual(['taken']);
    const all = [at(newest, '38', later), at(missed, '39', later), at(carrier, '40', later)];
    expect(await readBy(memory, all, cured)).toEqual(['taken', 'ERR_POLICY_AGE', 'taken again']);
  });

  it('forgets what is read in vain: a carrier that is still refused can come again', async () => {
    const record = await quarantined(sent(), refusing);
    const carrier = await redriven(record, cured);
    const memory = ledger();
    expect(await readBy(memory, [at(carrier, '40', later)], { ...cured, ...refusing })).toEqual([
      'ERR_POLICY_SENDER',
    ]);
    expect(await readBy(memory, [at(carrier, '41', later)], cured)).toEqual(['taken again']);
  });

  it('goes back with the position also where later messages of the batch were judged first', async () => {
    const both: Setting = { ...cured, redriveBy: ['olga', 'eve'] };
    const record = await quarantined(sent(), refusing);
    const carrier = at(await redriven(record, cured), '40', later);
    const byEve = forgedCarrier(payloadOf(record), { ...nonceOf(record), by: 'eve', nowMs: later });
    const fresh = at(sent({}, cured), '41', later);
    const memory = ledger();
    await as('bob', both).inlet.open([carrier, fresh], memory);
    memory.passed(42);
    const reload = (from: number): PartitionLedger => {
      const other = ledger();
      expect(other.load(from, memory.metadataAt(from))).toBe('state');
      return other;
    };
    const rest = [at(byEve, '41', later), at(fresh, '42', later)];
    expect(await readBy(reload(41), rest, both)).toEqual(['ERR_POLICY_DUPLICATE', 'taken']);
    expect(await readBy(reload(40), [at(byEve, '40', later)], both)).toEqual(['taken again']);
  });
});

describe('the operator’s tool', () => {
  const examined = async (record: QuarantinedRecord, setting: Setting = cured): Promise<string> => {
    try {
      as('olga', setting).sealwire.redriver().examine(record);
      return 'ready';
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      expect(code).toBe('ERR_USAGE_QUARANTINE');
      return message;
    }
  };

  it('[Q-11] refuses what its receivers would refuse, with the reason', async () => {
    const record = await quarantined(sent(), refusing);
    expect(await examined(record)).toBe('ready');
    expect(await examined({ ...record, shortened: true })).toContain('4 KiB');
    expect(await examined({ ...record, code: 'ERR_INTEGRITY_MAC' })).toContain('nothing can cure');
    expect(await examined({ ...record, recordHash: '0'.repeat(64) })).toContain(
      'not those that were rejected',
    );
    expect(await examined({ ...record, evidence: null })).toContain('nobody has signed');
    expect(await examined(record, { ...cured, ...refusing })).toContain('ERR_POLICY_SENDER');
    expect(await examined(record, { ...cured, redriveMaxAgeMs: dayMs })).toContain('redrive_max_age');
    const elsewhere = { ...record.original, source: offset('18').source };
    expect(await examined({ ...record, original: elsewhere })).toContain('of another place');
    const value = Buffer.from(record.original.value!);
    value[value.length - 5]! ^= 1;
    expect(await examined({ ...record, original: { ...record.original, value } })).toContain(
      'not those that were rejected',
    );
  });

  it('is for those whom the policy names', () => {
    expect(() => as('eve').sealwire.redriver()).toThrow(
      expect.objectContaining({ code: 'ERR_POLICY_REDRIVE' }),
    );
    expect(() => as('bob', { redriveBy: ['team'] }).sealwire.redriver()).not.toThrow();
  });

  it('signs statements that fellow operators believe, and nobody else’s', async () => {
    const olga = as('olga').sealwire.redriver();
    const statement = Buffer.from('done');
    const { keyId, signature } = await olga.sign(statement);
    expect(olga.signedBy(statement, keyId, signature)).toBe('olga');
    expect(olga.signedBy(Buffer.from('gone'), keyId, signature)).toBeNull();
    const other = as('olga', { redriveBy: ['olga', 'bob'] }).sealwire.redriver();
    expect(other.signedBy(statement, keyId, signature)).toBe('olga');
    const bob = await as('bob', { redriveBy: ['bob'] })
      .sealwire.redriver()
      .sign(statement);
    expect(olga.signedBy(statement, bob.keyId, bob.signature)).toBeNull();
  });
});
