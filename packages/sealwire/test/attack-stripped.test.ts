// Sealed messages whose envelope was taken away or damaged, beside plaintext: they never pass for it.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Received, ReplayMemory } from '@sealwire/core';
import { prefix } from '@sealwire/envelope';
import { header, now, open, plaintext, reset, sealed, terms, verdict } from './plaintext-world.js';

beforeEach(reset);

describe.each(['observe', 'migrate'] as const)('under %s', (mode) => {
  beforeEach(() => {
    now.terms = { ...terms, mode, from: null };
  });

  it('what is sealed is judged as ever', async () => {
    expect(await verdict(sealed())).toBe('verified');
    const received = sealed();
    const value = Buffer.from(received.value!);
    value[value.length - 1]! ^= 1;
    expect(await verdict({ ...received, value })).toBe('ERR_INTEGRITY_SIGNATURE');
    now.nowMs += 10 * 60_000;
    expect(await verdict({ ...received, receivedAtMs: now.nowMs })).toBe('ERR_POLICY_AGE');
  });

  const stripped: readonly (readonly [string, (received: Received) => Partial<Received>])[] = [
    ['its first byte', ({ value }) => ({ value: value!.subarray(1) })],
    ['its marker', ({ value }) => ({ value: value!.subarray(2) })],
    ['its marker and fingerprint', ({ value }) => ({ value: value!.subarray(10) })],
    ['its end', ({ value }) => ({ value: value!.subarray(0, 40) })],
    ['all but its marker', () => ({ value: Buffer.from([0xc3, 0x01]) })],
    [
      'a bit of its marker',
      ({ value }) => ({ value: Buffer.concat([Buffer.from([0xc2]), value!.subarray(1)]) }),
    ],
    [
      'a bit of its fingerprint',
      ({ value }) => ({ value: Buffer.from(value!.map((byte, i) => (i === 5 ? byte ^ 1 : byte))) }),
    ],
    [
      'its place, behind something else',
      ({ value }) => ({ value: Buffer.concat([Buffer.from('{"a":1}'), value!]) }),
    ],
    [
      'all but its content type',
      () => ({ value: Buffer.from('{}'), contentType: 'application/vnd.sealwire' }),
    ],
    [
      'all but its content type, written otherwise',
      () => ({ value: Buffer.from('{}'), contentType: ' Application/VND.Sealwire; v=2' }),
    ],
    ['all but a header of ours', () => ({ value: Buffer.from('{}'), headers: [header('sealwire', 'x')] })],
    [
      'all but a header of the quarantine’s',
      () => ({ value: Buffer.from('{}'), headers: [header('Sealwire-Code', 'x')] }),
    ],
    [
      'all but a header that the quarantine renamed',
      () => ({ value: null, headers: [header('original-sealwire-code', 'x')] }),
    ],
  ];

  it.each(stripped)('a sealed message that has lost %s is no plaintext', async (_name, strip) => {
    const received = sealed();
    const headers = [header('x-agent', 'alice')];
    expect(await verdict({ ...received, headers, ...strip(received) })).toMatch(/^ERR_FORMAT_/);
  });

  it('one by reference, which names no realm, is known by its fingerprint wherever that stands', async () => {
    const value = Buffer.concat([Buffer.from('{}'), prefix.subarray(2), Buffer.alloc(40)]);
    expect(await verdict(plaintext({ value }))).toBe('ERR_FORMAT_NOT_SEALED');
  });

  it('a signed tombstone is verified, and one whose proof was damaged is none', async () => {
    const tombstone = sealed(null);
    expect(await verdict(tombstone)).toBe('verified');
    expect(await verdict({ ...tombstone, headers: [header('sealwire', 'junk')] })).toMatch(/^ERR_FORMAT_/);
  });

  it('plaintext of who has sealed before is audited as a possible downgrade, and handed over', async () => {
    const { inlet, events } = open();
    const [first] = await inlet.open([plaintext()], null);
    expect(first).toMatchObject({ plain: true, downgrade: false });
    const outcomes = await inlet.open([plaintext(), sealed(), plaintext({ headers: [] })], null);
    expect(outcomes).toMatchObject([
      { plain: true, downgrade: true },
      { verified: true },
      { plain: true, downgrade: false },
    ]);
    await inlet.conclude(outcomes);
    expect(events().map(({ code, outcome }) => [code, outcome])).toEqual([
      ['ERR_POLICY_DOWNGRADE', 'delivered'],
      [undefined, 'delivered'],
      [undefined, 'delivered'],
    ]);
  });

  it('what another client of the same agent has verified counts too', async () => {
    const { inlet, other } = open();
    await inlet.open([sealed()], null);
    expect(await other.open([plaintext()], null)).toMatchObject([{ plain: true, downgrade: true }]);
  });

  it('keeps the order of a mixed batch, and tells the memory of replays of sealed messages only', async () => {
    const asked: string[] = [];
    const memory: ReplayMemory = {
      clockMs: 0,
      begin: ({ source }) => void asked.push(`begin ${(source as { offset: string }).offset}`),
      liftsAge: () => false,
      admit({ received: { source } }) {
        asked.push(`admit ${(source as { offset: string }).offset}`);
        return false;
      },
      withdraw: (rejected) => void asked.push(`withdraw ${rejected.length}`),
    };
    const records = [plaintext(), sealed(), plaintext(), sealed()].map((received, i) => ({
      ...received,
      source: { transport: 'kafka', topic: 'tasks', partition: 0, offset: `${i}` } as const,
    }));
    const outcomes = await open().inlet.open(records, memory);
    expect(outcomes.map((one) => one.verified)).toEqual([false, true, false, true]);
    expect(outcomes.map(({ received }) => received)).toEqual(records);
    expect(asked).toEqual(['begin 0', 'admit 1', 'admit 3', 'withdraw 0']);
  });
});
