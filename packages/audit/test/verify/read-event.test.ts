// What is an event of a chain, and what is none: whoever can write to the topic may have written it.
import { describe, expect, it } from '@jest/globals';
import { maxEventBytes, readEvent } from '../../src/verify/read-event.js';

const whole = { chain: 'ab'.repeat(16), sequence: 0, previous: '0'.repeat(64), writer: 'alice', kind: 'x' };
const bytesOf = (unmapped: object, over: object = {}) =>
  Buffer.from(JSON.stringify({ time: 1, metadata: { uid: 'u', sequence: 0 }, unmapped, ...over }));
const reads = (fields: object, over: object = {}) =>
  readEvent(bytesOf({ ...whole, ...fields }, over)) !== null;

describe('A-1: an event', () => {
  it('is of at most 8,000 bytes, of visible ASCII', () => {
    const padded = (length: number) => {
      const bytes = bytesOf({ ...whole, pad: '' });
      return bytesOf({ ...whole, pad: 'x'.repeat(length - bytes.length) });
    };
    expect(padded(maxEventBytes).length).toBe(8_000);
    expect(readEvent(padded(8_000))).not.toBeNull();
    expect(readEvent(padded(8_001))).toBeNull();
    expect(reads({ pad: 'é' })).toBe(false);
    expect(readEvent(Buffer.concat([Buffer.from('\ufeff'), bytesOf(whole)]))).toBeNull();
  });

  it('has a chain, a sequence, the hash of the one before, a writer and a kind of their form', () => {
    expect(reads({})).toBe(true);
    for (const chain of ['AB'.repeat(16), 'ab'.repeat(15), 'ab'.repeat(17), 7, null])
      expect(reads({ chain })).toBe(false);
    for (const sequence of [-1, 1.5, 2 ** 53, '0', null]) expect(reads({ sequence })).toBe(false);
    expect(reads({ sequence: Number.MAX_SAFE_INTEGER })).toBe(true);
    for (const previous of ['0'.repeat(63), '0'.repeat(65), 'F'.repeat(64), 0])
      expect(reads({ previous })).toBe(false);
    for (const writer of ['', 'a b', 'a'.repeat(256), '\u00e9', 1]) expect(reads({ writer })).toBe(false);
    for (const kind of [1, null, {}]) expect(reads({ kind })).toBe(false);
    for (const text of ['[]', 'null', '7', '{"unmapped":[]}', '{', ''])
      expect(readEvent(Buffer.from(text))).toBeNull();
  });

  it('has a time only where it makes sense', () => {
    for (const time of ['1', null, 8.64e15 + 2, -8.64e15 - 2])
      expect(readEvent(bytesOf(whole, { time }))!.timeMs).toBeNull();
    expect(readEvent(bytesOf(whole, { time: 8.64e15 }))!.timeMs).toBe(8.64e15);
  });
});
