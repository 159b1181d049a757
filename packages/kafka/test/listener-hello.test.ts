// What a listener says of itself before anybody trusts it: taken as far as its bytes reach, and no further.
import { describe, expect, test } from '@jest/globals';
import { kafkaMechanisms, kafkaSaslHello } from '../src/listener-hello.js';

/** An answer to `kafkaSaslHello`: error 33, a number of names, and each with the length that it claims. */
function answer(count: number, names: readonly (readonly [length: number, name: string])[]): Buffer {
  const parts = names.map(([claimed, name]) => {
    const length = Buffer.alloc(2);
    length.writeInt16BE(claimed);
    return Buffer.concat([length, Buffer.from(name)]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(14);
  head.writeInt32BE(10 + body.length, 0);
  kafkaSaslHello().copy(head, 4, 8, 12);
  head.writeInt16BE(33, 8);
  head.writeInt32BE(count, 10);
  return Buffer.concat([head, body]);
}

describe('mechanisms that a listener answers with', () => {
  test('are its names, also where more bytes follow', () => {
    const whole = answer(2, [
      [5, 'PLAIN'],
      [3, 'ABC'],
    ]);
    expect(kafkaMechanisms(whole)).toEqual(['PLAIN', 'ABC']);
    expect(kafkaMechanisms(Buffer.concat([whole, Buffer.alloc(9)]))).toEqual(['PLAIN', 'ABC']);
    expect(kafkaMechanisms(whole.subarray(0, -1))).toBeNull();
    expect(kafkaMechanisms(answer(0, []))).toEqual([]);
  });

  test.each<[string, Buffer]>([
    ['a length that leads back to itself', answer(20, [[-2, 'x'.repeat(60)]])],
    ['a length that leads before the answer', answer(2, [[-32_768, 'PLAIN']])],
    ['a length beyond the answer', answer(1, [[6, 'PLAIN']])],
    ['more names than there can be', answer(2 ** 31 - 1, [[5, 'PLAIN']])],
    ['more names than there are', answer(2, [[5, 'PLAIN']])],
    ['fewer names than none', answer(-1, [[5, 'PLAIN']])],
  ])('are none with %s', (_, bytes) => {
    expect(kafkaMechanisms(bytes)).toBeNull();
    // What comes behind the answer is not a part of it.
    expect(kafkaMechanisms(Buffer.concat([bytes, Buffer.alloc(40)]))).toBeNull();
  });
});
