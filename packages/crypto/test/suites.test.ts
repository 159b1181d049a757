// The table of suites.
import { describe, expect, test } from '@jest/globals';
import { defaultSuiteId, noblePrimitives, nodePrimitives, suiteOf } from '@sealwire/crypto';

const suite = suiteOf(defaultSuiteId)!;

test('the default suite is 0x0001', () => {
  expect(suite.id).toBe(0x0001);
  expect(suite.name).toBe('P256-HKDF-SHA256-A256GCM-HS256-ES256');
});

test.each([0, 2, 3, -1, 1.5, 0xffff, Number.NaN])('the id %d is unknown', (id) => {
  expect(suiteOf(id)).toBeNull();
});

test.each(['__proto__', 'constructor', 'toString'])('the name %s finds nothing', (name) => {
  expect(suiteOf(name as unknown as number)).toBeNull();
});

test('a suite and a provider cannot be changed', () => {
  expect(Object.isFrozen(suite)).toBe(true);
  expect(Object.isFrozen(nodePrimitives)).toBe(true);
  expect(Object.isFrozen(noblePrimitives)).toBe(true);
});

describe.each(['node', 'noble'] as const)('%s', (provider) => {
  const primitives = suite.primitives(provider);

  test('the suite gives the provider asked for', () => {
    expect(primitives.provider).toBe(provider);
  });

  test('the sizes of the row are those of what the provider makes', () => {
    const privateKey = primitives.generatePrivateKey();
    const signing = primitives.signingKey(privateKey);
    const { encapsulated, wrapped } = primitives.wrap(
      signing.publicKey,
      Buffer.alloc(0),
      Buffer.alloc(suite.keyBytes),
    )!;
    const key = primitives.aeadKey(Buffer.alloc(suite.keyBytes));
    const sealed = key.seal(Buffer.alloc(suite.ivBytes), Buffer.alloc(0), Buffer.alloc(0));
    const hash = primitives.hash(Buffer.alloc(0));
    expect({
      privateKeyBytes: privateKey.length,
      publicKeyBytes: signing.publicKey.length,
      signatureBytes: signing.sign(Buffer.alloc(0)).length,
      encapsulatedBytes: encapsulated.length,
      wrappedBytes: wrapped.length,
      tagBytes: sealed.length,
      hashBytes: hash.length,
      macBytes: primitives.macKey(Buffer.alloc(suite.keyBytes)).mac(hash).length,
    }).toEqual({
      privateKeyBytes: suite.privateKeyBytes,
      publicKeyBytes: suite.publicKeyBytes,
      signatureBytes: suite.signatureBytes,
      encapsulatedBytes: suite.encapsulatedBytes,
      wrappedBytes: suite.wrappedBytes,
      tagBytes: suite.tagBytes,
      hashBytes: suite.hashBytes,
      macBytes: suite.hashBytes,
    });
  });
});
