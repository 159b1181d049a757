// HPKE base mode against the CFRG reference vector of our suite.
import { describe, expect, test } from '@jest/globals';
import { hpkeSeal, keySchedule, sharedSecret } from '../../packages/crypto/src/hpke.js';
import { type Provider, providers } from './providers.js';
import { hex, readVectors } from './vector-file.js';

interface Vector {
  readonly ikmE: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly info: string;
  readonly enc: string;
  readonly shared_secret: string;
  readonly key: string;
  readonly base_nonce: string;
  readonly encryptions: readonly { readonly aad: string; readonly pt: string; readonly ct: string }[];
}

const vector = readVectors('hpke/dhkem-p256-hkdf-sha256-aes-256-gcm.json') as Vector;
const [first] = vector.encryptions;
const none = Buffer.alloc(0);

/** DeriveKeyPair of RFC 9180 §7.1.3, which the package itself has no need of. */
function deriveEphemeral({ agreementKey, parts }: Provider) {
  const head = Buffer.concat([Buffer.from('HPKE-v1KEM'), Buffer.of(0x00, 0x10)]);
  const prk = parts.extract(none, Buffer.concat([head, Buffer.from('dkp_prk'), hex(vector.ikmE)]));
  const info = Buffer.concat([Buffer.of(0, 32), head, Buffer.from('candidate'), Buffer.of(0)]);
  return agreementKey(parts.expand(prk, info, 32));
}

describe.each(providers)('$name', (provider) => {
  const { agreementKey, parts, primitives } = provider;
  const recipient = agreementKey(hex(vector.skRm));

  test('the recipient’s public key is that of the vector', () => {
    expect(recipient.publicKey.toString('hex')).toBe(vector.pkRm);
  });

  test('decapsulation gives the vector’s shared secret', () => {
    const secret = recipient.agree(hex(vector.enc));
    const shared = sharedSecret(parts, secret!, hex(vector.enc), recipient.publicKey);
    expect(shared.toString('hex')).toBe(vector.shared_secret);
  });

  test('encapsulation with the vector’s ephemeral key gives its enc and its shared secret', () => {
    const ephemeral = deriveEphemeral(provider);
    expect(ephemeral.publicKey.toString('hex')).toBe(vector.enc);
    const shared = sharedSecret(parts, ephemeral.agree(hex(vector.pkRm))!, hex(vector.enc), hex(vector.pkRm));
    expect(shared.toString('hex')).toBe(vector.shared_secret);
  });

  test('the key schedule gives the vector’s key, nonce and first ciphertext', () => {
    const context = keySchedule(parts, hex(vector.shared_secret), hex(vector.info));
    expect(context.key.toString('hex')).toBe(vector.key);
    expect(context.baseNonce.toString('hex')).toBe(vector.base_nonce);
    const sealed = parts.aeadKey(context.key).seal(context.baseNonce, hex(first!.aad), hex(first!.pt));
    expect(sealed.toString('hex')).toBe(first!.ct);
  });

  test('single-shot sealing is the vector’s context with an empty AAD, and unwrap opens it', () => {
    const wrapped = hpkeSeal(
      parts,
      deriveEphemeral(provider),
      hex(vector.pkRm),
      hex(vector.info),
      hex(first!.pt),
    );
    const expected = primitives.aeadKey(hex(vector.key)).seal(hex(vector.base_nonce), none, hex(first!.pt));
    expect(wrapped?.encapsulated.toString('hex')).toBe(vector.enc);
    expect(wrapped?.wrapped.equals(expected)).toBe(true);
    const opened = primitives
      .sealingKey(hex(vector.skRm))
      .unwrap(hex(vector.enc), expected, hex(vector.info));
    expect(opened?.toString('hex')).toBe(first!.pt);
  });
});
