// Inclusion paths against the vectors of transparency-dev/merkle.
import { expect } from '@jest/globals';
import { rootOfPath } from '@sealwire/crypto';
import type { Provider } from './providers.js';
import { conformance, readVectors } from './vector-file.js';

interface Row {
  readonly name: string;
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string | null;
  readonly leafHash: string | null;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

const latin1 = (base64: string | null) => Buffer.from(base64 ?? '', 'base64').toString('latin1');

function holds({ primitives }: Provider, row: Row, proof: readonly string[]): boolean {
  const path = Buffer.concat(proof.map((node) => Buffer.from(node, 'base64')));
  return (
    rootOfPath(latin1(row.leafHash), row.leafIdx, row.treeSize, path, primitives.hash) === latin1(row.root)
  );
}

const file = 'merkle/inclusion.json';
const { tests } = readVectors(file) as { readonly tests: readonly Row[] };

conformance(
  file,
  tests.map((row, index) => ({ id: index + 1, title: row.name, row })),
  {
    runs: 88,
    listed: 10,
    check(provider, row) {
      expect(holds(provider, row, row.proof ?? [])).toBe(!row.wantErr);
    },
    refuses(provider, row) {
      expect(row.wantErr).toBe(true);
      const zeros = Buffer.alloc(32).toString('base64');
      const written = (row.proof ?? []).map((node) => (node === '' ? zeros : node));
      expect(holds(provider, row, written)).toBe(false);
    },
  },
);
