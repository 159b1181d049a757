import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { merkleTree, nodePrimitives, rootOfPath } from '@sealwire/crypto';
import fc from 'fast-check';
import { pathBytes, VerifiedTree, walk } from '../src/verified-trees.js';

const hash = (data: Buffer) => nodePrimitives.hash(data);
const nodeHash = (left: string, right: string) => hash(Buffer.from(`\u0001${left}${right}`, 'latin1'));
const leaves = (size: number) => Array.from({ length: size }, () => randomBytes(32).toString('latin1'));

const place = fc
  .integer({ min: 1, max: 300 })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }));

describe('a walk through a tree', () => {
  it('comes to the root that RFC 9162 says, where nothing is kept', () => {
    fc.assert(
      fc.property(place, ({ size, index }) => {
        const all = leaves(size);
        const tree = merkleTree(all, hash);
        const path = tree.path(index);
        expect(path.length).toBe(pathBytes(index, size));
        expect(walk(all[index]!, index, size, path, null, nodeHash).root).toBe(tree.root);
        expect(rootOfPath(all[index]!, index, size, path, hash)).toBe(tree.root);
      }),
    );
  });

  it('decides by what is kept exactly as it would without, whichever leaf, node or index is wrong', () => {
    fc.assert(
      fc.property(
        place,
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.nat(),
        fc.boolean(),
        ({ size, index }, seen, wrong, changeLeaf) => {
          const all = leaves(size);
          const tree = merkleTree(all, hash);
          const kept = new VerifiedTree();
          for (const each of seen) {
            const known = each % size;
            kept.keepAll(walk(all[known]!, known, size, tree.path(known), kept, nodeHash).met);
          }
          const holds = (leaf: string, at: number, path: Buffer, keptTree: VerifiedTree | null): boolean => {
            const walked = walk(leaf, at, size, path, keptTree, nodeHash);
            return walked.root === null ? walked.agrees : walked.root === tree.root;
          };
          // Kept nodes without a kept root cannot be: the first walk keeps it.
          const known = seen.length === 0 ? null : kept;
          const path = tree.path(index);
          expect(holds(all[index]!, index, path, known)).toBe(true);
          const badLeaf = changeLeaf ? randomBytes(32).toString('latin1') : all[index]!;
          const badPath = Buffer.from(path);
          if (!changeLeaf && badPath.length > 0)
            badPath.writeUInt8(badPath.readUInt8(wrong % badPath.length) ^ 1, wrong % badPath.length);
          const expected = rootOfPath(badLeaf, index, size, badPath, hash) === tree.root;
          expect(holds(badLeaf, index, badPath, known)).toBe(expected);
          const other = (index + 1) % size;
          if (pathBytes(other, size) === path.length) {
            expect(holds(all[index]!, other, path, known)).toBe(
              rootOfPath(all[index]!, other, size, path, hash) === tree.root,
            );
          }
        },
      ),
    );
  });
});
