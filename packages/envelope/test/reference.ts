// A second, slow implementation of SPEC.md, written from the text over avsc and node:crypto: the oracle and the forger of the tests.
import avsc from 'avsc';
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  sign,
  type KeyObject,
} from 'node:crypto';
import {
  headerSchema,
  plaintextSchema,
  proofSchema,
  sealedMessageSchema,
  sessionSchema,
} from '@sealwire/envelope';

type Schema = Parameters<typeof avsc.Type.forSchema>[0];
const typeOf = (schema: unknown) => avsc.Type.forSchema(schema as Schema, { wrapUnions: false });
export const types = {
  message: typeOf(sealedMessageSchema),
  session: typeOf(sessionSchema),
  header: typeOf(headerSchema),
  plaintext: typeOf(plaintextSchema),
  proof: typeOf(proofSchema),
};

export const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
export const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
export const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const lp = (value: Buffer) => Buffer.concat([u32(value.length), value]);

/** CRC-64-AVRO, from the Avro specification, bit by bit. */
export function crc64Avro(text: string): Buffer {
  let crc = 0xc15d213aa4d7a795n;
  for (const byte of Buffer.from(text)) {
    crc ^= BigInt(byte);
    for (let i = 0; i < 8; i++) crc = crc & 1n ? (crc >> 1n) ^ 0xc15d213aa4d7a795n : crc >> 1n;
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(crc);
  return bytes;
}

export function privateKey(scalar: Buffer): KeyObject {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  return createPrivateKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: scalar.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
    format: 'jwk',
  });
}

export const publicPoint = (scalar: Buffer) => {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  return ecdh.getPublicKey();
};

export const keyIdOf = (purpose: string, point: Buffer) =>
  sha256(lp(Buffer.from(purpose)), u16(1), lp(point)).subarray(0, 16);

/** HPKE base mode, written out for the one suite (RFC 9180 §4 to §6); `ephemeral` fixes what is random. */
export function hpkeSeal(recipient: Buffer, info: Buffer, plaintext: Buffer, ephemeral: Buffer) {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(ephemeral);
  const encapsulated = ecdh.getPublicKey();
  const { key, nonce } = hpkeSchedule(ecdh.computeSecret(recipient), encapsulated, recipient, info);
  return { encapsulated, wrapped: gcm(key, nonce, Buffer.alloc(0), plaintext) };
}

function hpkeSchedule(dh: Buffer, encapsulated: Buffer, recipient: Buffer, info: Buffer) {
  const kem = Buffer.concat([Buffer.from('KEM'), u16(0x0010)]);
  const suite = Buffer.concat([Buffer.from('HPKE'), u16(0x0010), u16(0x0001), u16(0x0002)]);
  const extract = (suiteId: Buffer, salt: Buffer, label: string, ikm: Buffer) =>
    createHmac('sha256', salt)
      .update(Buffer.concat([Buffer.from('HPKE-v1'), suiteId, Buffer.from(label), ikm]))
      .digest();
  const expand = (suiteId: Buffer, prk: Buffer, label: string, context: Buffer, length: number) => {
    const labelled = Buffer.concat([
      u16(length),
      Buffer.from('HPKE-v1'),
      suiteId,
      Buffer.from(label),
      context,
    ]);
    return createHmac('sha256', prk)
      .update(Buffer.concat([labelled, Buffer.from([1])]))
      .digest()
      .subarray(0, length);
  };
  const none = Buffer.alloc(0);
  const shared = expand(
    kem,
    extract(kem, none, 'eae_prk', dh),
    'shared_secret',
    Buffer.concat([encapsulated, recipient]),
    32,
  );
  const context = Buffer.concat([
    Buffer.from([0]),
    extract(suite, none, 'psk_id_hash', none),
    extract(suite, none, 'info_hash', info),
  ]);
  const secret = extract(suite, shared, 'secret', none);
  return {
    key: expand(suite, secret, 'key', context, 32),
    nonce: expand(suite, secret, 'base_nonce', context, 12),
  };
}

export function hpkeOpen(scalar: Buffer, encapsulated: Buffer, wrapped: Buffer, info: Buffer): Buffer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  const { key, nonce } = hpkeSchedule(
    ecdh.computeSecret(encapsulated),
    encapsulated,
    ecdh.getPublicKey(),
    info,
  );
  return ungcm(key, nonce, Buffer.alloc(0), wrapped);
}

export function gcm(key: Buffer, iv: Buffer, aad: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

export function ungcm(key: Buffer, iv: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

/** HKDF-Expand alone (RFC 5869 §2.3), by hand: hkdfSync always extracts first. */
export function expandKey(prk: Buffer, info: Buffer, length: number): Buffer {
  let block = Buffer.alloc(0);
  let output = Buffer.alloc(0);
  for (let i = 1; output.length < length; i++) {
    block = createHmac('sha256', prk)
      .update(Buffer.concat([block, info, Buffer.from([i])]))
      .digest();
    output = Buffer.concat([output, block]);
  }
  return output.subarray(0, length);
}

export const prefix = Buffer.concat([
  Buffer.from('c301', 'hex'),
  crc64Avro(
    '{"name":"sealwire.v1.SealedMessage","type":"record","fields":[{"name":"session","type":"bytes"},{"name":"header","type":"bytes"},{"name":"body","type":"bytes"},{"name":"mac","type":"bytes"},{"name":"proof","type":"bytes"}]}',
  ),
]);

/** What a message is forged from; everything that is left out is honest. */
export interface Parts {
  session: Record<string, unknown>;
  header: Record<string, unknown>;
  plaintext: Record<string, unknown>;
  key: Buffer | null;
  /** Changes each part's bytes after they were made and before what follows is computed over them. */
  change: {
    session?: (bytes: Buffer) => Buffer;
    header?: (bytes: Buffer) => Buffer;
    plaintext?: (bytes: Buffer) => Buffer;
    body?: (bytes: Buffer) => Buffer;
    mac?: (bytes: Buffer) => Buffer;
    proof?: (bytes: Buffer) => Buffer;
    record?: (bytes: Buffer) => Buffer;
  };
  proof: Record<string, unknown>;
  tombstone: boolean;
  dataKeyBytes: number;
}

export const scalars = {
  alice: Buffer.alloc(32, 0x11),
  team: Buffer.alloc(32, 0x22),
  ephemeral: Buffer.alloc(32, 0x33),
};
export const aliceKeyId = keyIdOf('message-signing', publicPoint(scalars.alice));
export const teamKeyId = keyIdOf('sealing', publicPoint(scalars.team));

/** Builds one message by SPEC.md, signed by alice and sealed for team; also returns every value on the way. */
export function build(given: Partial<Parts> = {}) {
  const same = (bytes: Buffer) => bytes;
  const change = {
    session: same,
    header: same,
    plaintext: same,
    body: same,
    mac: same,
    proof: same,
    record: same,
    ...given.change,
  };
  const dataKey = Buffer.alloc(given.dataKeyBytes ?? 32, 0x44);
  const terms = {
    suite: 1,
    realm: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
    sender: 'alice',
    senderKey: aliceKeyId,
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
  const info = Buffer.concat([Buffer.from('sealwire/v1/wrap'), teamKeyId, lp(withoutWraps)]);
  const wrap = { key: teamKeyId, ...hpkeSeal(publicPoint(scalars.team), info, dataKey, scalars.ephemeral) };
  const session = change.session(types.session.toBuffer({ ...terms, wraps: [wrap], ...given.session }));
  const S = sha256(session);
  const salt = Buffer.alloc(12, 0x66);
  const header = change.header(
    types.header.toBuffer({
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
    }),
  );
  const batch = expandKey(dataKey, Buffer.concat([Buffer.from('sealwire/v1/batch'), salt]), 64);
  const iv = Buffer.concat([Buffer.alloc(8), u32((given.header?.['position'] as number | undefined) ?? 5)]);
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
  const rootMessage = Buffer.concat([
    Buffer.from('sealwire/v1/batch-root'),
    u16(1),
    aliceKeyId,
    u32(1),
    messageHash,
  ]);
  const signature = sign('sha256', rootMessage, {
    key: privateKey(scalars.alice),
    dsaEncoding: 'ieee-p1363',
  });
  const proof = change.proof(
    types.proof.toBuffer({ treeSize: 1, leafIndex: 0, path: Buffer.alloc(0), signature, ...given.proof }),
  );
  const record = change.record(
    Buffer.concat([prefix, types.message.toBuffer({ session, header, body, mac, proof })]),
  );
  return {
    terms,
    wrap,
    session,
    S,
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
