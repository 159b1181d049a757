// The order of verdicts and the checks that are the facade’s own, against messages forged by the envelope’s second implementation.
import { describe, expect, it } from '@jest/globals';
import { isRejected, type PublicKey, type Received, type Route, type Sealwire } from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';
import { build, type Parts } from '../../envelope/test/reference.js';
import { nowMs, route, world } from '../../envelope/test/world.js';
import { assemble, type RouteChecks } from '../src/index.js';
import { noSink, recordingTrails } from './recording-trails.js';

const w = world();

interface Setting {
  readonly key?: Partial<PublicKey>;
  readonly allowed?: boolean;
  readonly route?: Route | null;
  readonly channel?: string | null;
  readonly nowMs?: number;
}

function open(setting: Setting = {}): {
  sealwire: Sealwire;
  lines: string[];
  inlet: ReturnType<Sealwire['inlet']>;
} {
  const routes: RouteChecks = {
    outbound: () => route,
    channelOf: () => (setting.channel === undefined ? 'tasks' : setting.channel),
    inbound: (_channel, type) =>
      setting.route === undefined ? (type === route.type ? route : null) : setting.route,
    senderAllowed: () => setting.allowed ?? true,
    sessionTopicOf: () => null,
  };
  const trails = recordingTrails();
  const { lines } = trails;
  const sealwire = assemble(
    {
      agent: 'alice',
      clock: { nowMs: () => setting.nowMs ?? nowMs },
      primitives: nodePrimitives,
      suite: 1,
      directory: {
        ...w.directory,
        signingKey: (id) => {
          const key = w.directory.signingKey(id);
          return key === null ? null : { ...key, ...setting.key };
        },
      },
      keyStore: w.team,
      routes,
      epochMs: 86_400_000,
      skewMs: 30_000,
      maxMessageBytes: 1_048_576,
    },
    {
      connection: () => {
        throw new Error('no connections here');
      },
      quarantine: {
        kafka: { onReject: 'quarantine', name: 'q' },
        rabbitmq: { onReject: 'quarantine', name: 'q' },
      },
      auditTarget: { kafka: 'a', rabbitmq: 'a' },
      trails,
    },
  );
  return { sealwire, lines, inlet: sealwire.inlet('kafka', noSink) };
}

function record(given: Partial<Parts> = {}, change: Partial<Received> = {}): Received {
  const { record: value, key } = build(given);
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '9' },
    value,
    key,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: nowMs,
    ...change,
  };
}

async function verdict(received: Received, setting: Setting = {}): Promise<string> {
  const [outcome] = await open(setting).inlet.open([received], null);
  return isRejected(outcome!) ? outcome.code : 'verified';
}

const flipLast = (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1)! ^ 1])]);

describe('the facade', () => {
  it('[E-25] judges in one order: of two faults, the earlier one is the verdict', async () => {
    const key = { keyId: Buffer.alloc(16), owner: 'bob' };
    const other = { ...route, audience: ['others'] };
    const source = { transport: 'kafka', topic: 'tasks', partition: 4, offset: '9' } as const;
    const old = { header: { issuedAt: nowMs - 61_000 } };
    const unsigned = { change: { proof: flipLast } };
    // Each line has its own fault and those of all lines below it.
    const ladder: [string, Partial<Parts>, Partial<Received>, Setting][] = [
      [
        'ERR_FORMAT_HEADER',
        { change: { header: (b) => Buffer.concat([b, b]), proof: (b) => Buffer.concat([b, b]) } },
        {},
        { key },
      ],
      [
        'ERR_FORMAT_PROOF',
        { session: { realm: Buffer.alloc(16) }, change: { proof: (b) => Buffer.concat([b, b]) } },
        { source },
        { key },
      ],
      [
        'ERR_POLICY_REALM',
        { session: { realm: Buffer.alloc(16), channel: 'x' } },
        { source },
        { key, route: other },
      ],
      ['ERR_POLICY_CHANNEL', { session: { channel: 'x', type: 'x' } }, { source }, { key, route: other }],
      ['ERR_POLICY_TYPE', { session: { type: 'x' } }, { source }, { key }],
      ['ERR_POLICY_AUDIENCE', old, { source }, { key, route: other }],
      ['ERR_POLICY_PARTITION', old, { source }, { key }],
      ['ERR_POLICY_AGE', { ...old, ...unsigned }, {}, { key }],
      ['ERR_KEY_OWNER', unsigned, {}, { key, allowed: false }],
      ['ERR_POLICY_SENDER', unsigned, {}, { allowed: false }],
      ['ERR_INTEGRITY_SIGNATURE', { dataKeyBytes: 31, ...unsigned }, {}, {}],
      ['ERR_KEY_WRAP', { dataKeyBytes: 31, change: { mac: flipLast } }, {}, {}],
      ['ERR_INTEGRITY_MAC', { change: { mac: flipLast, body: flipLast } }, {}, {}],
      ['ERR_INTEGRITY_SEAL', { change: { body: flipLast, plaintext: flipLast } }, {}, {}],
      [
        'ERR_FORMAT_BODY',
        { plaintext: { payload: Buffer.from('{') }, change: { plaintext: (b) => Buffer.concat([b, b]) } },
        {},
        {},
      ],
      ['ERR_VALIDATION_PAYLOAD', { plaintext: { payload: Buffer.from('{') } }, {}, {}],
      ['verified', {}, {}, {}],
    ];
    for (const [code, parts, change, setting] of ladder) {
      expect([code, await verdict(record(parts, change), setting)]).toEqual([code, code]);
    }
  });

  it('[E-26] refuses a message that was sealed for another channel', async () => {
    expect(await verdict(record(), { channel: 'other' })).toBe('ERR_POLICY_CHANNEL');
  });

  it('[E-27] holds type, content type, schema and audience to local policy', async () => {
    expect(await verdict(record(), { route: null })).toBe('ERR_POLICY_TYPE');
    expect(await verdict(record({ session: { contentType: 1 } }))).toBe('ERR_POLICY_TYPE');
    expect(await verdict(record({ session: { schema: Buffer.alloc(32) } }))).toBe('ERR_POLICY_TYPE');
    expect(await verdict(record({ session: { audience: ['team', 'zoo'] } }))).toBe('ERR_POLICY_AUDIENCE');
    expect(await verdict(record({ session: { audience: ['zoo'] } }))).toBe('ERR_POLICY_AUDIENCE');
  });

  it('[E-28] holds the issue time to the epoch, the clock and the route', async () => {
    expect(await verdict(record({ session: { epochStart: nowMs / 1000 + 31 } }))).toBe('ERR_POLICY_EPOCH');
    expect(await verdict(record({ header: { issuedAt: nowMs + 30_001 } }))).toBe('ERR_POLICY_FUTURE');
    expect(await verdict(record({ header: { issuedAt: nowMs - 60_001 } }))).toBe('ERR_POLICY_AGE');
    expect(
      await verdict(record({ header: { issuedAt: nowMs - 60_001 } }, { appendedAtMs: nowMs - 60_000 })),
    ).toBe('verified');
  });

  it('[E-29] asks for every message whether the sender’s key is known, good, its own, and the sender allowed', async () => {
    expect(await verdict(record({ session: { senderKey: Buffer.alloc(16) } }))).toBe('ERR_KEY_UNKNOWN');
    expect(await verdict(record({ session: { sender: 'mallory' } }))).toBe('ERR_KEY_OWNER');
    expect(await verdict(record(), { key: { notAfterMs: nowMs } })).toBe('ERR_KEY_STATUS');
    expect(await verdict(record(), { key: { notBeforeMs: nowMs + 30_001 } })).toBe('ERR_KEY_STATUS');
    expect(await verdict(record(), { key: { notBeforeMs: nowMs + 30_000 } })).toBe('verified');
    expect(await verdict(record(), { key: { distrustFromMs: nowMs } })).toBe('ERR_KEY_STATUS');
    expect(await verdict(record(), { key: { distrustFromMs: nowMs + 1 } })).toBe('verified');
    expect(await verdict(record(), { allowed: false })).toBe('ERR_POLICY_SENDER');
  });

  it('[E-29] notices a key that dies between two messages, though session, nodes and data key are kept', async () => {
    const status: { distrustFromMs: number | null } = { distrustFromMs: null };
    const { inlet } = open({ key: status });
    expect((await inlet.open([record()], null))[0]!.verified).toBe(true);
    status.distrustFromMs = nowMs;
    expect((await inlet.open([record()], null))[0]).toMatchObject({ code: 'ERR_KEY_STATUS' });
  });

  it('throws, rather than judges, where the policy maps no channel', async () => {
    const { inlet } = open({ channel: null });
    await expect(inlet.open([record()], null)).rejects.toMatchObject({ code: 'ERR_USAGE_CHANNEL' });
    expect(() => inlet.checkSource({ transport: 'kafka', topic: 'x', partition: 0, offset: '0' })).toThrow(
      'Add it under channels',
    );
  });

  it('audits a verified message by its hash, and a refused one by the hash of its bytes with claims marked as such', async () => {
    const { inlet, lines } = open();
    const outcomes = await inlet.open(
      [record(), record({ change: { proof: flipLast } }), record({}, { value: Buffer.from('hello') })],
      null,
    );
    await inlet.conclude(outcomes);
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({
      kind: 'message.received',
      sender_id: 'alice',
      recipient_id: 'team',
      encryption_status: 'sealed',
      offset: '9',
    });
    expect(events[0]!['message_hash']).toBe(build().messageHash.toString('hex'));
    expect(events[1]).toMatchObject({
      kind: 'message.rejected',
      sender_id: 'alice',
      unverified: true,
      message_hash: null,
      encryption_status: 'failed',
    });
    expect(events[1]!['record_hash']).toMatch(/^[0-9a-f]{64}$/);
    expect(events[2]).toMatchObject({
      sender_id: null,
      encryption_status: 'plaintext',
      code: 'ERR_FORMAT_NOT_SEALED',
    });
  });

  it('seals nothing once its own signing key is not good', () => {
    const { sealwire } = open({ key: { notAfterMs: nowMs } });
    const outlet = sealwire.outlet('kafka', { write: async () => undefined });
    const message = {
      destination: { transport: 'kafka', topic: 'tasks' } as const,
      payload: Buffer.from('x'),
      key: null,
      headers: [],
      partition: 0,
      description: {},
    };
    expect(() => outlet.seal([message])).toThrow('no valid message-signing key');
  });

  it('refuses to send what its receivers would refuse', () => {
    const outlet = open().sealwire.outlet('kafka', { write: async () => undefined });
    const message = {
      destination: { transport: 'kafka', topic: 'tasks' } as const,
      payload: Buffer.from('{'),
      key: null,
      headers: [],
      partition: 0,
      description: {},
    };
    expect(() => outlet.seal([message])).toThrow('not JSON');
  });

  it('does nothing more once it is closed', async () => {
    const { sealwire } = open();
    await sealwire.close();
    expect(() => sealwire.inlet('kafka', { write: async () => undefined })).toThrow('closed');
  });
});
