// SPEC.md rule by rule, on the real ledger.
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { InPlace } from '@sealwire/core';
import { checkFreshness, PartitionLedger, replayAllowance } from '../src/index.js';
import { makeLaneId } from '../src/lane-id.js';
import { arrival, judge, key, ledger, place, windowMs, type Arrival } from './arrivals.js';

const t0 = 1_000_000;
const run = (from: number, sequences: readonly number[], more: Partial<Arrival> = {}): Arrival[] =>
  sequences.map((sequence, i) => ({ offset: from + i, sequence, ...more }));

/** A ledger that loaded what another has committed. */
function after(other: PartitionLedger, offset: number): PartitionLedger {
  const loaded = ledger();
  expect(loaded.load(offset, other.metadataAt(offset))).toBe('state');
  return loaded;
}

describe('what a replay is', () => {
  it('[R-1] takes a nonce at the same offset again, and at another one never', () => {
    const memory = ledger();
    expect(judge(memory, run(0, [0, 1, 0]))).toEqual(['accepted', 'accepted', 'duplicate']);
    expect(judge(memory, run(0, [0, 1, 0]))).toEqual(['accepted', 'accepted', 'duplicate']);
    expect(judge(memory, run(1, [1, 0, 2]))).toEqual(['accepted', 'duplicate', 'accepted']);
  });

  it('[R-1] moves back with the position: what was read behind it does not count', () => {
    const memory = ledger();
    judge(memory, run(0, [5, 6, 7]));
    expect(judge(memory, [{ offset: 1, sequence: 7 }])).toEqual(['accepted']);
    expect(judge(memory, [{ offset: 2, sequence: 7 }])).toEqual(['duplicate']);
  });

  it('[R-1] refuses to judge what lies below all that it can go back to', () => {
    const memory = ledger();
    judge(memory, run(0, [0, 1, 2]));
    memory.committed(2);
    expect(memory.base).toBe(2);
    expect(() => memory.begin(arrival({ offset: 1, sequence: 1 }).received)).toThrow('below its base');
  });

  it('[R-2] tells senders, instances and streams apart', () => {
    const same = { sequence: 0 };
    const batch = [
      { ...same, offset: 0 },
      { ...same, offset: 1, sender: 'bob' },
      { ...same, offset: 2, instance: 1 },
      { ...same, offset: 3, stream: 1 },
      { ...same, offset: 4, stream: 1 },
    ];
    expect(judge(ledger(), batch)).toEqual(['accepted', 'accepted', 'accepted', 'accepted', 'duplicate']);
  });

  it('[R-2] names lanes and senders by the hashes that stand in the rule', () => {
    const instance = Buffer.alloc(16, 3);
    const name = Buffer.from('agent-ü');
    const u32 = (value: number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    };
    const hash = (...parts: (Buffer | string)[]) =>
      createHash('sha256')
        .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
        .digest();
    const id = makeLaneId('agent-ü', instance, 9);
    expect(Buffer.from(id.key, 'latin1')).toEqual(
      hash('sealwire/v1/replay-lane', u32(name.length), name, instance, u32(9)).subarray(0, 12),
    );
    expect(Buffer.from(id.sender, 'latin1')).toEqual(hash('sealwire/v1/replay-sender', name).subarray(0, 8));
  });

  it('[R-3] takes back what a later stage rejects, and the rest of the batch stays', () => {
    const memory = ledger();
    judge(memory, run(0, [0, 1, 2]), ({ sequence }) => sequence === 1);
    expect(judge(memory, run(3, [0, 1, 2]))).toEqual(['duplicate', 'accepted', 'duplicate']);
  });

  it('[R-3] takes back a batch that could not be judged', () => {
    const memory = ledger();
    const messages = run(0, [0, 1]).map(arrival);
    memory.begin(messages[0]!.received);
    for (const message of messages) memory.admit(message);
    memory.withdraw(messages.map(({ received }) => received));
    // The application has sought past it meanwhile.
    expect(judge(memory, run(7, [1, 0]))).toEqual(['accepted', 'accepted']);
  });

  it('[R-4] calls a copy a duplicate as long as a retry of its sender explains it', () => {
    const memory = ledger();
    judge(memory, run(0, [0]));
    const copy = (offset: number, times: Partial<Arrival>) =>
      judge(memory, [{ offset, sequence: 0, ...times }])[0];
    expect(copy(1, { appended: t0 + 1000 })).toBe('duplicate');
    expect(copy(2, { appended: t0 + 1001 })).toBe('replay');
    expect(copy(3, { appended: null, received: t0 + 1000 })).toBe('duplicate');
    expect(copy(4, { appended: null, received: t0 + 1001 })).toBe('replay');
  });
});

describe('what is kept of a lane', () => {
  it('[R-5] takes each sequence of a gap once, in whatever order', () => {
    const memory = ledger();
    judge(memory, run(0, [10, 3, 12]));
    expect(judge(memory, run(3, [11, 0, 4, 9, 3, 10, 1, 0, 9, 5]))).toEqual([
      ...['accepted', 'accepted', 'accepted', 'accepted'],
      ...['duplicate', 'duplicate', 'accepted', 'duplicate', 'duplicate', 'accepted'],
    ]);
  });

  it('[R-5] closes a gap only when the clock is later than its bound by more than the window', () => {
    const memory = ledger();
    // 5 was issued at t0, so 0 to 4 were not issued later.
    judge(memory, [{ offset: 0, sequence: 5, issued: t0 }]);
    const judgeAt = (offset: number, appended: number): string => {
      judge(memory, [{ offset, sequence: 1_000 + offset, issued: appended }]);
      memory.committed(offset + 1);
      return after(memory, offset + 1).metadataAt(offset + 1);
    };
    const open = judgeAt(1, t0 + windowMs);
    expect(judge(after(memory, 2), [{ offset: 2, sequence: 2, issued: t0 + windowMs }])).toEqual([
      'accepted',
    ]);
    const closed = judgeAt(2, t0 + windowMs + 1001);
    expect(closed.length).toBeLessThan(open.length + 8);
    expect(judge(after(memory, 3), [{ offset: 3, sequence: 2, issued: t0 + windowMs }])).toEqual([
      'duplicate',
    ]);
  });

  it('[R-6] keeps a lane until all that was accepted in it is too old, and then forgets it', () => {
    const memory = ledger();
    judge(memory, [{ offset: 0, sequence: 0, issued: t0 }]);
    const others = (offset: number, issued: number) =>
      judge(memory, [{ offset, sequence: offset, sender: 'bob', issued }]);
    others(1, t0 + windowMs);
    memory.committed(2);
    expect(judge(after(memory, 2), [{ offset: 2, sequence: 0 }])).toEqual(['duplicate']);
    others(2, t0 + windowMs + 1001);
    memory.committed(3);
    // What is forgotten is accepted here: freshness refuses it before.
    expect(judge(after(memory, 3), [{ offset: 3, sequence: 0 }])).toEqual(['accepted']);
    expect(memory.clockMs - t0).toBeGreaterThan(windowMs);
  });

  it('[R-7] refuses one lane and one gap more than it keeps, and forgets nothing for it', () => {
    const limits = { lanes: 2, gaps: 2 };
    const lanes = ledger({ limits });
    const instances = [0, 1, 2, 0, 1].map((instance, offset) => ({ offset, sequence: 0, instance }));
    expect(judge(lanes, instances)).toEqual(['accepted', 'accepted', 'limit', 'duplicate', 'duplicate']);
    expect(judge(lanes, [{ offset: 5, sequence: 0, sender: 'bob' }])).toEqual(['accepted']);
    const gaps = ledger({ limits });
    expect(judge(gaps, run(0, [1, 3, 5, 4, 0, 7]))).toEqual([
      ...['accepted', 'accepted', 'limit'],
      ...['accepted', 'accepted', 'accepted'],
    ]);
  });

  it('[R-7] makes room by what is too old, though nobody has committed', () => {
    const memory = ledger({ limits: { lanes: 1, gaps: 1 } });
    judge(memory, [{ offset: 0, sequence: 0 }]);
    const late = { sequence: 0, issued: t0 + windowMs + 1 };
    expect(judge(memory, [{ offset: 1, ...late, instance: 1 }])).toEqual(['limit']);
    judge(memory, [{ offset: 2, ...late, sequence: 1 }]);
    expect(judge(memory, [{ offset: 3, ...late, instance: 1 }])).toEqual(['limit']);
    judge(memory, [{ offset: 4, ...late, sender: 'bob' }]);
    const later = ledger({ limits: { lanes: 1, gaps: 1 } });
    judge(later, [{ offset: 0, sequence: 0 }]);
    judge(later, [{ offset: 1, ...late, sender: 'bob' }]);
    expect(judge(later, [{ offset: 2, ...late, instance: 1 }])).toEqual(['accepted']);
  });
});

describe('the clock', () => {
  const check = checkFreshness({ skewMs: 100, clock: { nowMs: () => t0 + 50_000 } });
  const message = (memory: PartitionLedger | null, given: Arrival, more: object = {}): InPlace =>
    ({
      ...arrival(given),
      memory,
      session: { epochStartMs: 0, epochEndMs: 10 * t0 },
      route: { maxAgeMs: 10_000, channel: 'c', ...more },
    }) as unknown as InPlace;
  const code = (...args: Parameters<typeof message>): string => {
    try {
      check(message(...args));
      return 'fresh';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('[R-8] never falls: nothing is judged as of an earlier time than what was accepted', () => {
    const memory = ledger();
    judge(memory, [{ offset: 0, sequence: 0, issued: t0 + 20_000 }]);
    expect(memory.clockMs).toBe(t0 + 20_000);
    const old = { offset: 1, sequence: 1, issued: t0 + 9_999, appended: t0 + 9_999 };
    expect(code(memory, old)).toBe('ERR_POLICY_AGE');
    expect(code(memory, { ...old, issued: t0 + 10_000 })).toBe('fresh');
    expect(code(null, old)).toBe('fresh');
    expect(code(after(memory, 1), old)).toBe('ERR_POLICY_AGE');
  });

  it('[R-8] moves back with the position, so that a redelivery is as fresh as it was', () => {
    const memory = ledger();
    judge(memory, [{ offset: 0, sequence: 0 }]);
    judge(memory, [{ offset: 1, sequence: 1, issued: t0 + 20_000 }]);
    memory.begin(arrival({ offset: 0, sequence: 0 }).received);
    expect(memory.clockMs).toBe(0);
    expect(code(memory, { offset: 0, sequence: 0 })).toBe('fresh');
  });

  it('[R-9] is unable to judge what the broker appended later than now', () => {
    const now = t0 + 50_000;
    const given = { offset: 0, sequence: 0, issued: now };
    expect(code(ledger(), { ...given, appended: now + 100 })).toBe('fresh');
    expect(code(ledger(), { ...given, appended: now + 101 })).toBe('ERR_UNABLE_CLOCK');
  });

  it('[R-9] is unable to judge unstamped records where the policy does not say how old they may get', () => {
    const unstamped = { offset: 0, sequence: 0, appended: null };
    expect(code(ledger(), unstamped, { maxAgeStated: false })).toBe('ERR_UNABLE_REPLAY');
    expect(code(ledger(), unstamped, { maxAgeStated: true })).toBe('fresh');
    expect(code(ledger(), { offset: 0, sequence: 0 }, { maxAgeStated: false })).toBe('fresh');
  });
});

describe('what is committed', () => {
  it('[R-10] is the state as of the offset, whatever has been read since', () => {
    const memory = ledger();
    judge(memory, run(0, [0, 1, 2, 3]));
    for (const offset of [0, 1, 2, 3, 4]) {
      const loaded = after(memory, offset);
      const seen = [0, 1, 2, 3].map((sequence) => sequence < offset);
      const copies = judge(loaded, run(10, [0, 1, 2, 3]));
      expect(copies.map((verdict) => verdict === 'duplicate')).toEqual(seen);
    }
  });

  it('[R-10] says so where the state as of an offset is not known', () => {
    const memory = ledger();
    memory.load(5, null);
    memory.startAt(5);
    judge(memory, run(5, [0, 1]));
    for (const offset of [4, 8]) expect(ledger().load(offset, memory.metadataAt(offset))).toBe('rebuild');
    expect(ledger().load(7, memory.metadataAt(7))).toBe('state');
  });

  it('[R-10] says so where the state does not fit, and from where to rebuild it', () => {
    const memory = ledger();
    memory.startAt(40);
    const many = Array.from({ length: 200 }, (_, i) => ({ offset: 40 + i, sequence: 7, instance: i }));
    judge(memory, many);
    const metadata = memory.metadataAt(240);
    expect(metadata.length).toBeLessThan(100);
    const loaded = ledger();
    expect([loaded.load(240, metadata), loaded.since]).toEqual(['rebuild', 40]);
  });

  it('[R-10] holds a hundred producers in 4,096 characters', () => {
    const memory = ledger();
    const lanes = Array.from({ length: 100 }, (_, i) => ({ offset: i, sequence: 0, sender: `agent-${i}` }));
    judge(memory, lanes);
    const far = lanes.map((each) => ({ ...each, offset: 100 + each.offset, sequence: 1 }));
    judge(memory, far);
    const metadata = memory.metadataAt(200);
    expect(metadata.length).toBeLessThanOrEqual(4096);
    expect(ledger().load(200, metadata)).toBe('state');
  });

  it('[R-11] is sealed to cluster, group, topic, partition, offset and key', () => {
    const memory = ledger();
    judge(memory, run(0, [0, 1]));
    const metadata = memory.metadataAt(2);
    expect(ledger().load(2, metadata)).toBe('state');
    expect(ledger().load(1, metadata)).toBe('foreign');
    for (const other of [{ cluster: 'c2' }, { group: 'h' }, { topic: 'u' }, { partition: 4 }])
      expect(ledger({ place: { ...place, ...other } }).load(2, metadata)).toBe('foreign');
    expect(ledger({ key: Buffer.alloc(32, 8) }).load(2, metadata)).toBe('foreign');
  });

  it('[R-11] is foreign where one bit of it was changed, where it was cut, and where it is not ours', () => {
    const memory = ledger();
    judge(memory, run(0, [0, 5]));
    const metadata = memory.metadataAt(2);
    const bytes = Buffer.from(metadata.slice(4), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(ledger().load(2, `sw1.${changed.toString('base64url')}`)).toBe('foreign');
    }
    for (let length = 0; length < metadata.length; length++)
      expect(ledger().load(2, metadata.slice(0, length))).toBe('foreign');
    for (const other of [null, '', 'mine', 'sw1.', `sw1.${'A'.repeat(5000)}`, '{"version":1}'])
      expect(ledger().load(2, other)).toBe('foreign');
  });

  it('[R-12] has the bytes that the table says', () => {
    const memory = ledger();
    judge(memory, [{ offset: 1, sequence: 300, issued: 2000 }]);
    const lane = makeLaneId('alice', Buffer.alloc(16), 0);
    const number = (value: number): number[] =>
      value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >> 7)];
    const body = Buffer.concat([
      Buffer.from([1, 0, 0, 0, ...number(windowMs), ...number(2000), 1]),
      Buffer.from(lane.sender, 'latin1'),
      Buffer.from([1]),
      Buffer.from(lane.key, 'latin1'),
      Buffer.from([0, ...number(301), 1, 0, ...number(299), 0]),
    ]);
    const u32 = (value: number) => [0, 0, 0, value];
    const named = (text: string) => [...u32(text.length), ...Buffer.from(text)];
    const mac = createHmac('sha256', key)
      .update('sealwire/v1/offset-metadata')
      .update(Buffer.from([...named('c1'), ...named('g'), ...named('t'), ...u32(3), ...u32(0), ...u32(2)]))
      .update(body)
      .digest()
      .subarray(0, 16);
    expect(memory.metadataAt(2)).toBe(`sw1.${Buffer.concat([body, mac]).toString('base64url')}`);
  });

  it('[R-12] writes issue times so that nothing is forgotten sooner for it', () => {
    for (const issued of [t0 - 999, t0 - 1, t0, t0 + 1, t0 + 99]) {
      const memory = ledger();
      judge(memory, [{ offset: 0, sequence: 4, issued, appended: t0 }]);
      const loaded = after(memory, 1);
      judge(loaded, [{ offset: 1, sequence: 0, sender: 'bob', issued: issued + windowMs }]);
      expect(judge(after(loaded, 2), [{ offset: 2, sequence: 4, issued, appended: t0 }])).toEqual([
        'duplicate',
      ]);
    }
  });

  it('[R-13] is rebuilt where the policy has a longer window by now', () => {
    const memory = ledger();
    judge(memory, run(0, [0]));
    expect(ledger({ maxAgeMs: 10_001 }).load(1, memory.metadataAt(1))).toBe('rebuild');
    expect(ledger({ maxAgeMs: 9_999 }).load(1, memory.metadataAt(1))).toBe('state');
  });
});

describe('where the state comes from', () => {
  it('[R-14] notes what was read before without judging it, once each', () => {
    const memory = ledger();
    memory.load(6, null);
    memory.startAt(2);
    for (const each of run(2, [0, 1, 0, 2])) memory.note(arrival(each));
    memory.passed(6);
    expect(judge(memory, run(6, [0, 3, 2]))).toEqual(['duplicate', 'accepted', 'duplicate']);
  });

  it('[R-14] knows from where a rebuild has to begin, as time goes on', () => {
    const memory = ledger();
    memory.startAt(0);
    let offset = 0;
    for (let ms = 0; ms < 3 * windowMs; ms += 100)
      judge(memory, [{ offset: offset++, sequence: offset, issued: t0 + ms }]);
    memory.committed(offset);
    const sure = offset - windowMs / 100;
    expect(memory.since).toBeLessThan(sure);
    // A rebuild reads a sixteenth of the window too much at most.
    expect(memory.since).toBeGreaterThan(sure - windowMs / 100 / 16);
    const loaded = after(memory, offset);
    expect(loaded.since).toBe(memory.since);
  });

  it('[R-15] marks what arrives for a window’s time where the log did not reach back', () => {
    const memory = ledger();
    memory.startAt(9);
    memory.doubt(t0);
    expect(judge(memory, run(9, [0, 1]))).toEqual(['doubtful', 'doubtful']);
    const loaded = after(memory, 11);
    expect(judge(loaded, [{ offset: 11, sequence: 2, issued: t0 + windowMs }])).toEqual(['doubtful']);
    expect(judge(loaded, [{ offset: 12, sequence: 3, issued: t0 + windowMs + 1 }])).toEqual(['accepted']);
    expect(judge(after(loaded, 13), [{ offset: 13, sequence: 4, issued: t0 + windowMs }])).toEqual([
      'accepted',
    ]);
  });

  it('[R-16] lifts age up to the end of a re-read where the broker does not stamp, and forgets nothing meanwhile', () => {
    const memory = ledger();
    const metadata = replayAllowance(key, place, 3, 8);
    expect([memory.load(3, metadata), memory.allowedTo]).toEqual(['rebuild', 8]);
    expect(ledger().load(4, metadata)).toBe('foreign');
    memory.startAt(3);
    const late = { appended: null, received: t0 + 100 * windowMs };
    expect(judge(memory, run(3, [0, 1], late))).toEqual(['accepted', 'accepted']);
    const loaded = after(memory, 5);
    expect(loaded.allowedTo).toBe(8);
    expect(judge(loaded, run(5, [0, 2], late))).toEqual(['replay', 'accepted']);
    const at = (offset: number, appended: number | null) =>
      loaded.liftsAge(arrival({ offset, sequence: 9, appended }).received);
    expect([at(7, null), at(8, null), at(7, t0)]).toEqual([true, false, false]);
    judge(loaded, run(7, [3, 4], late));
    expect(after(loaded, 9).allowedTo).toBe(0);
    // Now it forgets: freshness refuses all of it.
    expect(judge(after(loaded, 9), run(9, [0], late))).toEqual(['accepted']);
  });
});
