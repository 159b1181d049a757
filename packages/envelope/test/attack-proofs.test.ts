// Attacks on a message’s place in its tree: every other size, index and path, with the tree known and unknown.
import { describe, expect, it } from '@jest/globals';
import type { Received } from '@sealwire/core';
import { integerBytes, writeInteger } from '../src/avro-writer.js';
import { decodeOuter, decodeProof, prefix } from '../src/outer-codec.js';
import { pathBytes } from '../src/verified-trees.js';
import { opener, outgoing, receivedFrom, sealer, world } from './world.js';

const w = world();

function lengthPrefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(integerBytes(bytes.length));
  writeInteger(length, bytes.length, 0);
  return Buffer.concat([length, bytes]);
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(integerBytes(value));
  writeInteger(bytes, value, 0);
  return bytes;
}

type Proof = ReturnType<typeof decodeProof>;

function withProof(received: Received, { treeSize, leafIndex, path, signature }: Proof): Received {
  const { session, header, body, mac } = decodeOuter(received.value!);
  const proof = Buffer.concat([
    integer(treeSize),
    integer(leafIndex),
    lengthPrefixed(path),
    lengthPrefixed(signature),
  ]);
  const fields = [session, header, body, mac, proof].map(lengthPrefixed);
  return { ...received, value: Buffer.concat([prefix, ...fields]) };
}

const batch = (size: number) =>
  sealer(w)(Array.from({ length: size }, (_, i) => outgoing({ payload: Buffer.from(`${i}`) }))).map(
    (sealed) => receivedFrom(sealed),
  );
const proofOf = ({ value }: Received) => decodeProof(decodeOuter(value!).proof);

describe('a message', () => {
  it.each([
    ['whose tree nobody has seen', false],
    ['whose tree is known whole', true],
  ])('%s is verified at its own place and at no other', async (_, known) => {
    const size = 13;
    const all = batch(size);
    const proofs = all.map(proofOf);
    const warm = opener(w);
    await warm(all);
    const tries: Received[] = [];
    const honest: boolean[] = [];
    for (const mine of [0, 6, 11, 12]) {
      for (let treeSize = 1; treeSize <= 17; treeSize++) {
        for (let leafIndex = 0; leafIndex < treeSize; leafIndex++) {
          for (const path of [proofs[mine]!.path, proofs[(mine + 1) % size]!.path]) {
            const bytes = pathBytes(leafIndex, treeSize);
            if (bytes > path.length) continue;
            const cut = path.subarray(0, bytes);
            tries.push(
              withProof(all[mine]!, { treeSize, leafIndex, path: cut, signature: proofs[mine]!.signature }),
            );
            honest.push(treeSize === size && leafIndex === mine && cut.equals(proofs[mine]!.path));
          }
        }
      }
    }
    // Without help from what another try has left behind.
    const verdicts = known
      ? (await warm(tries)).map(({ verified }) => verified)
      : await Promise.all(tries.map(async (one) => (await opener(w)([one]))[0]!.verified));
    expect(verdicts).toEqual(honest);
    expect(honest.filter(Boolean)).toHaveLength(4);
  });

  it('is not verified by the signature of another batch of the same size', async () => {
    const [one, other] = [batch(9), batch(9)];
    const open = opener(w);
    await open([...one, ...other]);
    const crossed = one.flatMap((received, i) => {
      const [mine, theirs] = [proofOf(received), proofOf(other[i]!)];
      return [
        withProof(received, { ...mine, signature: theirs.signature }),
        withProof(received, { ...mine, path: theirs.path }),
        withProof(received, theirs),
      ];
    });
    expect((await open(crossed)).every(({ verified }) => !verified)).toBe(true);
    expect((await open(one)).every(({ verified }) => verified)).toBe(true);
  });

  it('is not verified where siblings on its path are exchanged or repeated', async () => {
    const all = batch(16);
    const open = opener(w);
    await open(all);
    for (const received of all) {
      const proof = proofOf(received);
      const nodes = Array.from({ length: 4 }, (_, i) => proof.path.subarray(32 * i, 32 * i + 32));
      for (let a = 0; a < 4; a++) {
        for (let b = 0; b < 4; b++) {
          if (a === b) continue;
          const changed = nodes.with(a, nodes[b]!);
          for (const path of [changed, changed.with(b, nodes[a]!)]) {
            const [outcome] = await open([withProof(received, { ...proof, path: Buffer.concat(path) })]);
            expect(outcome).toMatchObject({ verified: false, code: 'ERR_INTEGRITY_SIGNATURE' });
          }
        }
      }
    }
  });
});
