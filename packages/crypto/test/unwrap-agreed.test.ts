// Unwrapping where the recipient's private key is elsewhere: a token or a service answers the raw ECDH.
import { createECDH } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { both } from './both-providers.js';

const info = Buffer.from('sealwire/v1/wrap for a test');
const dataKey = Buffer.alloc(32, 0x42);

describe.each(both)('$provider', (primitives) => {
  const token = createECDH('prime256v1');
  const recipient = token.generateKeys();
  const wrapped = primitives.wrap(recipient, info, dataKey)!;
  const agreed = (change = {}) => ({
    secret: token.computeSecret(wrapped.encapsulated),
    recipient,
    ...wrapped,
    info,
    ...change,
  });

  test('the data key comes out, and the secret is overwritten', () => {
    const given = agreed();
    expect(primitives.unwrapAgreed(given)).toEqual(dataKey);
    expect(given.secret).toEqual(Buffer.alloc(32));
  });

  test('nothing opens with another secret, recipient, point or info', () => {
    const other = createECDH('prime256v1').generateKeys();
    for (const change of [
      { secret: Buffer.alloc(32, 1) },
      { recipient: other },
      { encapsulated: other },
      { info: Buffer.from('another') },
    ])
      expect(primitives.unwrapAgreed(agreed(change))).toBeNull();
  });

  test('a secret of another length is refused', () => {
    expect(() => primitives.unwrapAgreed(agreed({ secret: Buffer.alloc(65) }))).toThrow(/exactly 32 bytes/);
  });

  test('a point is a point: 65 bytes, uncompressed, on the curve', () => {
    expect(primitives.isPoint(recipient)).toBe(true);
    expect(primitives.isPoint(token.getPublicKey(null, 'compressed'))).toBe(false);
    const off = Buffer.from(recipient);
    off[64]! ^= 1;
    expect(primitives.isPoint(off)).toBe(false);
    expect(primitives.isPoint(Buffer.alloc(0))).toBe(false);
  });
});
