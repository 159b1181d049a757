// Opens a message by SPEC.md over avsc and node:crypto: the second implementation’s other half. It judges nothing but whether what it computes holds.
import { createHmac, createPublicKey, verify } from 'node:crypto';
import { inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { expandKey, hpkeOpen, lp, sha256, u16, u32, ungcm } from './reference-crypto.ts';
import { prefix, types } from './reference.ts';

interface Wrap {
  readonly key: Buffer;
  readonly encapsulated: Buffer;
  readonly wrapped: Buffer;
}

type Fields = Record<string, Buffer> & { readonly [name: string]: unknown };

/** @param holds private sealing keys by key id in hex */
export function openByReference(
  record: Buffer,
  recordKey: Buffer | null,
  senderPublicKey: Buffer,
  holds: ReadonlyMap<string, Buffer>,
) {
  if (!record.subarray(0, 10).equals(prefix)) throw new Error('not a sealed message');
  const outer = types.message.fromBuffer(record.subarray(10)) as Record<
    'session' | 'header' | 'body' | 'mac' | 'proof',
    Buffer
  >;
  const session = types.session.fromBuffer(outer.session) as Fields & { wraps: Wrap[]; suite: number };
  const header = types.header.fromBuffer(outer.header) as Fields & { position: number; tombstone: boolean };
  const proof = types.proof.fromBuffer(outer.proof) as Fields & { treeSize: number; leafIndex: number };
  const S = sha256(outer.session);
  const keyHash = recordKey === null ? Buffer.alloc(32) : sha256(recordKey);
  const contentHash = sha256(S, lp(outer.header), lp(outer.body), keyHash);
  const messageHash = sha256(Buffer.of(0), contentHash, outer.mac);
  const root = rootOf(messageHash, proof.leafIndex, proof.treeSize, proof['path']!);
  const signed = Buffer.concat([
    Buffer.from('sealwire/v1/batch-root'),
    u16(session.suite),
    session['senderKey']!,
    u32(proof.treeSize),
    root,
  ]);
  const verifies = verify(
    'sha256',
    signed,
    { key: publicKeyOf(senderPublicKey), dsaEncoding: 'ieee-p1363' },
    proof['signature']!,
  );
  if (header.tombstone) return { verifies, messageHash, payload: null, headers: [] };

  const wrap = session.wraps.find(({ key }) => holds.has(key.toString('hex')))!;
  const context = types.session.toBuffer({ ...session, wraps: [] }).subarray(0, -1);
  const info = Buffer.concat([Buffer.from('sealwire/v1/wrap'), wrap.key, lp(context)]);
  const scalar = holds.get(wrap.key.toString('hex'))!;
  const dataKey = hpkeOpen(scalar, wrap.encapsulated, wrap.wrapped, info);
  const keys = expandKey(dataKey, Buffer.concat([Buffer.from('sealwire/v1/batch'), header['salt']!]), 64);
  const mac = createHmac('sha256', keys.subarray(32)).update(contentHash).digest();
  const iv = Buffer.concat([Buffer.alloc(8), u32(header.position)]);
  const plaintext = types.plaintext.fromBuffer(
    ungcm(keys.subarray(0, 32), iv, Buffer.concat([S, outer.header]), outer.body),
  ) as { encoding: number; payload: Buffer; headers: { name: string; values: Buffer[] }[] };
  return {
    verifies: verifies && mac.equals(outer.mac),
    messageHash,
    payload: expand(plaintext.encoding, plaintext.payload),
    headers: plaintext.headers,
  };
}

/** What SPEC.md §7 calls the application’s payload. */
function expand(encoding: number, bytes: Buffer): Buffer {
  if (encoding === 0) return bytes;
  const stream = bytes.subarray(4);
  const payload = encoding === 1 ? inflateRawSync(stream) : zstdDecompressSync(stream);
  if (payload.length !== bytes.readUInt32BE()) throw new Error('not of its length');
  return payload;
}

/** RFC 9162 §2.1.3.2, in the words of SPEC.md §8. */
function rootOf(leaf: Buffer, index: number, size: number, path: Buffer): Buffer {
  let hash = leaf;
  let at = 0;
  for (let i = index, last = size - 1; last > 0; i >>= 1, last >>= 1) {
    if (i % 2 === 0 && i >= last) continue;
    const node = path.subarray(at, (at += 32));
    hash = i % 2 === 1 ? sha256(Buffer.of(1), node, hash) : sha256(Buffer.of(1), hash, node);
  }
  return hash;
}

function publicKeyOf(point: Buffer) {
  return createPublicKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
    format: 'jwk',
  });
}
