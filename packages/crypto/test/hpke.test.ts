// Wrapping of data keys, checked against an independent implementation of HPKE.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { describe, expect, test } from '@jest/globals';
import { both, flipped } from './both-providers.js';

const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});
const exact = (bytes: Buffer) => Uint8Array.from(bytes).buffer;
const info = Buffer.from('sealwire/v1/wrap for a test');
const dataKey = Buffer.alloc(32, 0x42);

describe.each(both)('$provider', ({ sealingKey, wrap, generatePrivateKey }) => {
  const scalar = generatePrivateKey();
  const recipient = sealingKey(scalar);

  test('a wrapped key opens again: 65 bytes and 48', () => {
    const { encapsulated, wrapped } = wrap(recipient.publicKey, info, dataKey)!;
    expect([encapsulated.length, wrapped.length]).toEqual([65, 48]);
    expect(recipient.unwrap(encapsulated, wrapped, info)).toEqual(dataKey);
  });

  test('each wrap has an ephemeral key of its own', () => {
    const [a, b] = [wrap(recipient.publicKey, info, dataKey)!, wrap(recipient.publicKey, info, dataKey)!];
    expect(a.encapsulated).not.toEqual(b.encapsulated);
    expect(a.wrapped).not.toEqual(b.wrapped);
  });

  test('what is wrapped here, @hpke/core opens', async () => {
    const { encapsulated, wrapped } = wrap(recipient.publicKey, info, dataKey)!;
    const recipientKey = await suite.kem.importKey('raw', exact(scalar), false);
    const opened = await suite.open(
      { recipientKey, enc: exact(encapsulated), info: exact(info) },
      exact(wrapped),
    );
    expect(Buffer.from(opened)).toEqual(dataKey);
  });

  test('what @hpke/core seals, opens here', async () => {
    const recipientPublicKey = await suite.kem.importKey('raw', exact(recipient.publicKey), true);
    const sealed = await suite.seal({ recipientPublicKey, info: exact(info) }, exact(dataKey));
    expect(recipient.unwrap(Buffer.from(sealed.enc), Buffer.from(sealed.ct), info)).toEqual(dataKey);
  });

  test('a destroyed key opens nothing', () => {
    const { encapsulated, wrapped } = wrap(recipient.publicKey, info, dataKey)!;
    const key = sealingKey(scalar);
    expect(key.unwrap(encapsulated, wrapped, info)).toEqual(dataKey);
    key.destroy();
    expect(key.unwrap(encapsulated, wrapped, info)).toBeNull();
  });

  test('another info, recipient or encapsulated key, a changed or a cut ciphertext do not open', () => {
    const { encapsulated, wrapped } = wrap(recipient.publicKey, info, dataKey)!;
    expect(recipient.unwrap(encapsulated, wrapped, Buffer.from('another'))).toBeNull();
    expect(recipient.unwrap(recipient.publicKey, wrapped, info)).toBeNull();
    expect(sealingKey(generatePrivateKey()).unwrap(encapsulated, wrapped, info)).toBeNull();
    for (let bit = 0; bit < wrapped.length * 8; bit += 11) {
      expect(recipient.unwrap(encapsulated, flipped(wrapped, bit), info)).toBeNull();
    }
    for (const bytes of [0, 15, 16, 47]) {
      expect(recipient.unwrap(encapsulated, wrapped.subarray(0, bytes), info)).toBeNull();
    }
  });
});
