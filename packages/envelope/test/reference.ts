// A second, slow implementation of SPEC.md, written from the text over avsc and node:crypto: the oracle and the forger of the tests.
import avsc from 'avsc';
import { createHmac } from 'node:crypto';
import {
  headerSchema,
  plaintextSchema,
  proofSchema,
  sealedMessageSchema,
  sessionSchema,
} from '@sealwire/envelope';
import { signDeterministically } from './deterministic-ecdsa.ts';
import {
  crc64Avro,
  expandKey,
  gcm,
  hpkeSeal,
  keyIdOf,
  lp,
  publicPoint,
  sha256,
  u16,
  u32,
} from './reference-crypto.ts';

export {
  crc64Avro,
  hpkeOpen,
  hpkeSeal,
  keyIdOf,
  lp,
  privateKey,
  publicPoint,
  sha256,
  u16,
  u32,
} from './reference-crypto.ts';

type Schema = Parameters<typeof avsc.Type.forSchema>[0];
const typeOf = (schema: unknown) => avsc.Type.forSchema(schema as Schema, { wrapUnions: false });
export const types = {
  message: typeOf(sealedMessageSchema),
  session: typeOf(sessionSchema),
  header: typeOf(headerSchema),
  plaintext: typeOf(plaintextSchema),
  proof: typeOf(proofSchema),
};

export const prefix = Buffer.concat([
  Buffer.from('c301', 'hex'),
  crc64Avro(
    '{"name":"sealwire.v1.SealedMessage","type":"record","fields":[{"name":"session","type":"bytes"},{"name":"header","type":"bytes"},{"name":"body","type":"bytes"},{"name":"mac","type":"bytes"},{"name":"proof","type":"bytes"}]}',
  ),
]);

/** Whose key a data key is wrapped for. */
export interface Recipient {
  readonly scalar: Buffer;
  /** Fixes what is random in the wrap. */
  readonly ephemeral: Buffer;
}

/** What a message is forged from; everything that is left out is honest. */
export interface Parts {
  session: Record<string, unknown>;
  header: Record<string, unknown>;
  plaintext: Record<string, unknown>;
  key: Buffer | null;
  /** Changes each part's bytes after they were made and before what follows is computed over them. */
  change: {
    info?: (bytes: Buffer) => Buffer;
    session?: (bytes: Buffer) => Buffer;
    header?: (bytes: Buffer) => Buffer;
    plaintext?: (bytes: Buffer) => Buffer;
    body?: (bytes: Buffer) => Buffer;
    mac?: (bytes: Buffer) => Buffer;
    rootMessage?: (bytes: Buffer) => Buffer;
    signature?: (bytes: Buffer) => Buffer;
    proof?: (bytes: Buffer) => Buffer;
    record?: (bytes: Buffer) => Buffer;
  };
  proof: Record<string, unknown>;
  tombstone: boolean;
  dataKeyBytes: number;
  /** The private key that signs, and that the session names unless it is told another. */
  signer: Buffer;
  recipients: readonly Recipient[];
  /** The tree that the message is a leaf of; the other leaves are SHA-256 of `leaf 0`, `leaf 1`, … */
  tree: { readonly size: number; readonly index: number };
  /** Takes the place of the values that the keys and the IV of the body are made of. */
  seal: { dataKey?: Buffer; salt?: Buffer; position?: number; label?: string };
}

export const scalars = {
  alice: Buffer.alloc(32, 0x11),
  team: Buffer.alloc(32, 0x22),
  ephemeral: Buffer.alloc(32, 0x33),
};
export const aliceKeyId = keyIdOf('message-signing', publicPoint(scalars.alice));
export const teamKeyId = keyIdOf('sealing', publicPoint(scalars.team));

function wrapsFor(recipients: readonly Recipient[], context: Buffer, dataKey: Buffer, change: Change) {
  return recipients
    .map(({ scalar, ephemeral }) => {
      const point = publicPoint(scalar);
      const key = keyIdOf('sealing', point);
      const info = change(Buffer.concat([Buffer.from('sealwire/v1/wrap'), key, lp(context)]));
      return { key, info, ...hpkeSeal(point, info, dataKey, ephemeral) };
    })
    .sort((a, b) => Buffer.compare(a.key, b.key));
}

type Change = (bytes: Buffer) => Buffer;

/** The tree of a batch by RFC 9162 §2.1.1 and §2.1.3.1, by its own recursive definition. */
export function treeOf(leaves: readonly Buffer[], index: number): { root: Buffer; path: Buffer[] } {
  if (leaves.length === 1) return { root: leaves[0]!, path: [] };
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const left = treeOf(leaves.slice(0, split), index);
  const right = treeOf(leaves.slice(split), index - split);
  const root = sha256(Buffer.of(1), left.root, right.root);
  return { root, path: index < split ? [...left.path, right.root] : [...right.path, left.root] };
}

/** Builds one message by SPEC.md, signed by alice and sealed for team; also returns every value on the way. */
export function build(given: Partial<Parts> = {}) {
  const same: Change = (bytes) => bytes;
  const change = { ...allSame(same), ...given.change };
  const dataKey = Buffer.alloc(given.dataKeyBytes ?? 32, 0x44);
  const signer = given.signer ?? scalars.alice;
  const terms = {
    suite: 1,
    realm: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
    sender: 'alice',
    senderKey: keyIdOf('message-signing', publicPoint(signer)),
    instance: Buffer.alloc(16, 0x55),
    audience: ['team'],
    epochStart: Date.UTC(2026, 0, 15) / 1000,
    epochLength: 86_400,
    channel: 'tasks',
    type: 'task.request',
    schema: Buffer.alloc(0),
    contentType: 2,
    contentTypeName: '',
    ...given.session,
  };
  const withoutWraps = types.session.toBuffer({ ...terms, wraps: [] }).subarray(0, -1);
  const recipients = given.recipients ?? [{ scalar: scalars.team, ephemeral: scalars.ephemeral }];
  const wraps = wrapsFor(recipients, withoutWraps, dataKey, change.info);
  const { info, ...wrap } = wraps[0]!;
  const session = change.session(types.session.toBuffer({ ...terms, wraps, ...given.session }));
  const S = sha256(session);
  const salt = Buffer.alloc(12, 0x66);
  const fields: Record<string, unknown> = {
    partition: 3,
    issuedAt: Date.UTC(2026, 0, 15, 12),
    stream: 0,
    sequence: 7,
    salt,
    position: 5,
    correlation: null,
    causation: null,
    clear: null,
    tombstone: given.tombstone ?? false,
    ...given.header,
  };
  const header = change.header(types.header.toBuffer(fields));
  const seal = {
    dataKey,
    salt: (given.header?.['salt'] as Buffer | undefined) ?? salt,
    position: (given.header?.['position'] as number | undefined) ?? 5,
    label: 'sealwire/v1/batch',
    ...given.seal,
  };
  const batch = expandKey(seal.dataKey, Buffer.concat([Buffer.from(seal.label), seal.salt]), 64);
  const iv = Buffer.concat([Buffer.alloc(8), u32(seal.position)]);
  const plaintext = change.plaintext(
    types.plaintext.toBuffer({
      encoding: 0,
      payload: Buffer.from('{"do":"it"}'),
      headers: [],
      ...given.plaintext,
    }),
  );
  const body = change.body(
    given.tombstone ? Buffer.alloc(0) : gcm(batch.subarray(0, 32), iv, Buffer.concat([S, header]), plaintext),
  );
  const key = given.key === undefined ? Buffer.from('key') : given.key;
  const contentHash = sha256(S, lp(header), lp(body), key === null ? Buffer.alloc(32) : sha256(key));
  const honestMac = createHmac('sha256', batch.subarray(32)).update(contentHash).digest();
  const mac = change.mac(given.tombstone ? Buffer.alloc(0) : honestMac);
  const messageHash = sha256(Buffer.from([0]), contentHash, mac);
  const { size, index } = given.tree ?? { size: 1, index: 0 };
  const leaves = Array.from({ length: size }, (_, i) => sha256(Buffer.from(`leaf ${i}`)));
  const { root, path } = treeOf(leaves.with(index, messageHash), index);
  const label = Buffer.from('sealwire/v1/batch-root');
  const rootMessage = change.rootMessage(Buffer.concat([label, u16(1), terms.senderKey, u32(size), root]));
  const signature = change.signature(signDeterministically(signer, rootMessage));
  const proof = change.proof(
    types.proof.toBuffer({
      treeSize: size,
      leafIndex: index,
      path: Buffer.concat(path),
      signature,
      ...given.proof,
    }),
  );
  const record = change.record(
    Buffer.concat([prefix, types.message.toBuffer({ session, header, body, mac, proof })]),
  );
  return {
    terms,
    wrap,
    wraps,
    session,
    S,
    fields,
    header,
    plaintext,
    batch,
    body,
    contentHash,
    mac,
    messageHash,
    rootMessage,
    signature,
    proof,
    record,
    key,
    dataKey,
    info,
  };
}

function allSame(same: Change): Required<Parts['change']> {
  return {
    info: same,
    session: same,
    header: same,
    plaintext: same,
    body: same,
    mac: same,
    rootMessage: same,
    signature: same,
    proof: same,
    record: same,
  };
}
