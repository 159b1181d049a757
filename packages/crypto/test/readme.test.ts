// The README’s example, run.
import { expect, test } from '@jest/globals';
import { defaultSuiteId, merkleTree, rootOfPath, suiteOf } from '@sealwire/crypto';

test('the example of the README holds', () => {
  const suite = suiteOf(defaultSuiteId); // null for an unknown id: refuse it
  const { hash, signingKey, verifyKey, generatePrivateKey } = suite!.primitives('node');

  const tree = merkleTree([hash(Buffer.from('a')), hash(Buffer.from('b'))], hash);
  const signing = signingKey(generatePrivateKey());
  const signature = signing.sign(Buffer.from(tree.root, 'latin1'));

  const root = rootOfPath(hash(Buffer.from('b')), 1, tree.size, tree.path(1), hash);
  expect(root !== null && verifyKey(signing.publicKey)?.verify(Buffer.from(root, 'latin1'), signature)).toBe(
    true,
  );
});
