// Faults of the proof, and signatures that do not cover the message (SPEC.md §8).
import { build } from '../../test/reference.ts';
import { sha256 } from '../../test/reference-crypto.ts';
import { append, cut, flip, splice, swap, varint, type Change } from '../byte-changes.ts';
import type { CaseTerms } from '../make-case.ts';
import { scalarOf } from '../vector-world.ts';

const honest = build();

const malformed = (
  name: string,
  scenario: string,
  proof: Record<string, unknown>,
  tree = { size: 1, index: 0 },
): CaseTerms => ({ name, scenario, musts: [22], code: 'ERR_FORMAT_PROOF', parts: { proof, tree } });

const changed = (
  name: string,
  scenario: string,
  proof: Change,
  musts: readonly number[] = [22],
): CaseTerms => ({
  name,
  scenario,
  musts,
  code: 'ERR_FORMAT_PROOF',
  parts: { change: { proof } },
});

const unsigned = (
  name: string,
  scenario: string,
  parts: CaseTerms['parts'],
  signer?: CaseTerms['signer'],
): CaseTerms => ({
  name,
  scenario,
  musts: [23],
  code: 'ERR_INTEGRITY_SIGNATURE',
  parts: { ...parts },
  ...(signer === undefined ? {} : { signer }),
});

const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const of64 = { size: 64, index: 33 };

export const proofFaults: readonly CaseTerms[] = [
  malformed('tree-of-none', 'A tree of no leaves.', { treeSize: 0 }),
  malformed('tree-of-4097', 'A tree of 4,097 leaves.', { treeSize: 4097, path: Buffer.alloc(32 * 13) }),
  malformed('tree-negative', 'A tree of −1 leaves.', { treeSize: -1 }),
  malformed('index-at-the-size', 'The index after the last leaf.', { leafIndex: 1 }),
  malformed('index-negative', 'A negative index.', { leafIndex: -1 }),
  malformed('path-where-there-is-none', 'A path in a tree of one.', { path: Buffer.alloc(32) }),
  malformed('path-missing', 'No path in a tree of two.', { treeSize: 2 }),
  malformed('path-of-31-bytes', 'A path of 31 bytes.', { treeSize: 2, path: Buffer.alloc(31) }),
  malformed('path-one-node-short', 'Five nodes in a tree of 64.', { path: Buffer.alloc(160) }, of64),
  malformed('path-one-node-long', 'Seven nodes in a tree of 64.', { path: Buffer.alloc(224) }, of64),
  malformed(
    'path-of-an-inner-leaf',
    'Three nodes for the last of five leaves, which has one.',
    { path: Buffer.alloc(96) },
    { size: 5, index: 4 },
  ),
  malformed('path-of-13-nodes', 'A path of 13 nodes, more than any tree has.', {
    treeSize: 4096,
    path: Buffer.alloc(416),
  }),
  malformed('signature-of-63-bytes', 'A signature of 63 bytes.', { signature: Buffer.alloc(63, 1) }),
  malformed('signature-of-65-bytes', 'A signature of 65 bytes.', { signature: Buffer.alloc(65, 1) }),
  malformed('signature-missing', 'A signature of no bytes.', { signature: Buffer.alloc(0) }),
  malformed('signature-in-der', 'A signature in DER.', { signature: der(honest.signature) }),
  changed('proof-padded', 'The tree size as 82 00 in place of 02.', splice(0, 1, '8200'), [1, 22]),
  changed(
    'proof-tree-size-of-2-to-the-31',
    'A tree size beyond an int.',
    splice(0, 1, varint(2n ** 31n)),
    [1, 22],
  ),
  changed('proof-empty', 'A proof of no bytes.', () => Buffer.alloc(0)),
  changed('proof-byte-missing', 'A proof that ends one byte early.', cut(1)),
  changed('proof-byte-behind-the-end', 'A byte follows the signature.', append('00'), [4, 22]),
  unsigned('signature-changed', 'One bit of the signature was flipped.', { change: { proof: flip(-1) } }),
  unsigned('signature-zero', 'A signature of zeros.', { proof: { signature: Buffer.alloc(64) } }),
  unsigned('signature-r-zero', 'A signature whose r is 0.', {
    change: { signature: (s) => Buffer.concat([Buffer.alloc(32), s.subarray(32)]) },
  }),
  unsigned('signature-s-is-the-order', 'A signature whose s is the order of the curve.', {
    change: { signature: (s) => Buffer.concat([s.subarray(0, 32), order]) },
  }),
  unsigned('signature-of-another-agent', 'Signed by another agent’s key, in alice’s name and key id.', {
    change: {
      signature: () =>
        build({ signer: scalarOf('bob'), session: { senderKey: honest.terms.senderKey } }).signature,
    },
  }),
  unsigned('signature-without-label', 'The signed bytes lack their label.', {
    change: { rootMessage: (bytes) => bytes.subarray(22) },
  }),
  unsigned('signature-for-another-suite', 'The signed bytes name suite 2.', {
    change: { rootMessage: splice(22, 2, '0002') },
  }),
  unsigned('signature-for-another-key-id', 'The signed bytes name another key id.', {
    change: { rootMessage: flip(24) },
  }),
  unsigned('signature-for-another-size', 'The signed bytes name a tree of two.', {
    change: { rootMessage: flip(43) },
  }),
  unsigned('signature-over-the-leaf-hashed-again', 'The message hash was hashed again as a leaf.', {
    change: {
      rootMessage: (bytes) =>
        Buffer.concat([bytes.subarray(0, 44), sha256(Buffer.of(0), bytes.subarray(44))]),
    },
  }),
  unsigned('signature-over-the-content-hash', 'The content hash was signed, so the mac is not covered.', {
    change: { rootMessage: (bytes) => Buffer.concat([bytes.subarray(0, 44), honest.contentHash]) },
  }),
  unsigned('path-changed', 'One bit of the path was flipped.', {
    tree: of64,
    change: { proof: flip(10) },
  }),
  unsigned('path-of-zeros', 'A path of zeros.', { tree: of64, proof: { path: Buffer.alloc(192) } }),
  unsigned('index-of-a-neighbour', 'The neighbour’s index, with the message’s own path.', {
    tree: of64,
    proof: { leafIndex: 32 },
  }),
  unsigned('size-of-another-tree', 'Another tree size to which the path’s length fits.', {
    tree: of64,
    proof: { treeSize: 63 },
  }),
  {
    ...unsigned('record-key-changed', 'Another record key.', {}),
    received: { key: Buffer.from('other').toString('hex') },
  },
  { ...unsigned('record-key-removed', 'The record key was removed.', {}), received: { key: null } },
  { ...unsigned('record-key-added', 'A record key was added.', { key: null }), received: { key: '' } },
  unsigned('session-changed', 'One bit of the instance was flipped.', {
    change: { record: flipIn('55'.repeat(16)) },
  }),
  unsigned('header-changed', 'One bit of the salt was flipped.', {
    change: { record: flipIn('66'.repeat(12)) },
  }),
  unsigned('body-changed', 'One bit of the body was flipped.', {
    change: { record: flipIn(honest.body.toString('hex')) },
  }),
  unsigned('mac-changed', 'One bit of the mac was flipped.', {
    change: { record: flipIn(honest.mac.toString('hex')) },
  }),
];

/** Flips a bit of some bytes in the finished record. */
function flipIn(hex: string): Change {
  return swap(hex, flip(0)(Buffer.from(hex, 'hex')).toString('hex'));
}

function der(signature: Buffer): Buffer {
  const integer = (bytes: Buffer) => {
    const signed = bytes[0]! < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]);
    return Buffer.concat([Buffer.of(2, signed.length), signed]);
  };
  const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}
