// Consistency proofs against the vectors of transparency-dev/merkle.
import { expect } from '@jest/globals';
import { isConsistent } from '@sealwire/crypto';
import type { Provider } from './providers.js';
import { conformance, readVectors } from './vector-file.js';

interface Row {
  readonly name: string;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

const latin1 = (base64: string) => Buffer.from(base64, 'base64').toString('latin1');

function holds({ primitives }: Provider, row: Row, proof: readonly string[]): boolean {
  return isConsistent(
    { size: row.size1, root: latin1(row.root1) },
    { size: row.size2, root: latin1(row.root2) },
    Buffer.concat(proof.map((node) => Buffer.from(node, 'base64'))),
    primitives.hash,
  );
}

const file = 'merkle/consistency.json';
const { tests } = readVectors(file) as { readonly tests: readonly Row[] };

conformance(
  file,
  tests.map((row, index) => ({ id: index + 1, title: row.name, row })),
  {
    runs: 89,
    listed: 9,
    check(provider, row) {
      expect(holds(provider, row, row.proof ?? [])).toBe(!row.wantErr);
    },
    refuses(provider, row) {
      // What the row is about, in our form.
      const zeros = Buffer.alloc(32).toString('base64');
      const written = (row.proof ?? []).map((node) => (node === '' ? zeros : node));
      const areHashes = latin1(row.root1).length === 32;
      if (!areHashes) expect(holds(provider, row, written)).toBe(false);
      const roots = areHashes ? {} : { root1: zeros, root2: zeros };
      expect(holds(provider, { ...row, ...roots }, written)).toBe(!row.wantErr);
    },
  },
);
