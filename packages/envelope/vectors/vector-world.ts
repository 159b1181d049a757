// Who and what the cases are about: fixed keys, one directory and two policies.
import { build } from '../test/reference.ts';
import { keyIdOf, publicPoint } from '../test/reference-crypto.ts';
import type { DirectoryKey, VectorDirectory, VectorKey, VectorPolicy, VectorRoute } from './vector-file.ts';

/** The noon at which every case is sent and, where it is not told otherwise, received. */
export const noon = Date.UTC(2026, 0, 15, 12);
export const skewMs = 30_000;
export const maxAgeMs = 60_000;
const day = 86_400_000;

/** A name of the greatest length: 255 bytes of UTF-8. */
export const longName = `spiffe://example.org/${'ä'.repeat(117)}`;
/** 32 groups, and their private keys from 0x40 on. */
export const crowd = Array.from({ length: 32 }, (_, i) => `crowd-${String(i + 1).padStart(2, '0')}`);

const signing = {
  alice: 0x11,
  bob: 0x12,
  nobody: 0x13,
  'alice-expired': 0x14,
  'alice-within-skew': 0x15,
  'alice-beyond-skew': 0x16,
  'alice-stolen': 0x17,
  'alice-stolen-later': 0x18,
  carol: 0x19,
  'long-name': 0x1a,
  'alice-expiring': 0x1b,
};
const sealing = {
  team: 0x22,
  'team-next': 0x23,
  auditors: 0x24,
  strangers: 0x25,
  'team-within-skew': 0x26,
  'team-beyond-skew': 0x27,
  'team-expiring': 0x28,
  'team-expired': 0x29,
  'team-stolen': 0x2a,
  'team-unlisted': 0x2b,
  ...Object.fromEntries(crowd.map((name, i) => [name, 0x40 + i])),
};

export type SigningName = keyof typeof signing;

/** A private key: one byte, 32 times. */
export const scalarOf = (name: string): Buffer => {
  const byte = { ...signing, ...sealing }[name];
  if (byte === undefined) throw new Error(`There is no key ${name}.`);
  return Buffer.alloc(32, byte);
};
export const ephemeralOf = (name: string): Buffer => Buffer.alloc(32, 0x80 ^ scalarOf(name)[0]!);

function keyOf(purpose: VectorKey['purpose'], name: string): VectorKey {
  const point = publicPoint(scalarOf(name));
  return {
    purpose,
    privateKey: scalarOf(name).toString('hex'),
    publicKey: point.toString('hex'),
    keyId: keyIdOf(purpose, point).toString('hex'),
  };
}

export const keys: Readonly<Record<string, VectorKey>> = Object.fromEntries([
  ...Object.keys(signing).map((name) => [name, keyOf('message-signing', name)] as const),
  ...Object.keys(sealing).map((name) => [name, keyOf('sealing', name)] as const),
]);

const listed = (key: string, owner: string, change: Partial<DirectoryKey> = {}): DirectoryKey => ({
  key,
  owner,
  notBefore: noon - 10 * day,
  notAfter: noon + 10 * day,
  distrustFrom: null,
  ...change,
});

export const directories: Readonly<Record<string, VectorDirectory>> = {
  main: {
    realm: '000102030405060708090a0b0c0d0e0f',
    signingKeys: [
      listed('alice', 'alice'),
      listed('bob', 'bob'),
      listed('carol', 'carol'),
      listed('alice-expired', 'alice', { notAfter: noon }),
      listed('alice-expiring', 'alice', { notAfter: noon + 1 }),
      listed('alice-within-skew', 'alice', { notBefore: noon + skewMs }),
      listed('alice-beyond-skew', 'alice', { notBefore: noon + skewMs + 1 }),
      listed('alice-stolen', 'alice', { distrustFrom: noon }),
      listed('alice-stolen-later', 'alice', { distrustFrom: noon + 1 }),
      listed('long-name', longName),
    ],
    sealingKeys: [
      listed('team', 'team'),
      listed('team-next', 'team'),
      listed('auditors', 'auditors'),
      listed('strangers', 'strangers'),
      // Validity widened by the skew: from and up to noon, and one millisecond less.
      listed('team-within-skew', 'team', { notBefore: noon + skewMs }),
      listed('team-beyond-skew', 'team', { notBefore: noon + skewMs + 1 }),
      listed('team-expiring', 'team', { notAfter: noon - skewMs + 1 }),
      listed('team-expired', 'team', { notAfter: noon - skewMs }),
      listed('team-stolen', 'team', { distrustFrom: noon - day }),
      ...crowd.map((name) => listed(name, name)),
    ],
  },
};

const schemaHash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
export const schema = Buffer.from(schemaHash, 'hex');

const route = (change: Partial<VectorRoute>): VectorRoute => ({
  channel: 'tasks',
  type: 'task.request',
  contentType: 'application/json',
  schema: '',
  senders: ['alice', 'bob', longName],
  audience: ['team'],
  compression: null,
  maxAgeMs,
  ...change,
});

const routes = [
  route({}),
  route({ type: 'task.text', contentType: 'text/plain' }),
  route({ type: 'task.bytes', contentType: 'application/octet-stream' }),
  route({ type: 'task.avro', contentType: 'avro/binary', schema: schemaHash }),
  route({ type: 'task.event', contentType: 'application/cloudevents+json' }),
  route({ type: 'task.deflate', compression: 'deflate' }),
  route({ type: 'task.zstd', compression: 'zstd' }),
  route({ type: 'task.proto', contentType: 'application/x-protobuf' }),
  route({ type: 'task.order', contentType: 'application/vnd.example.order' }),
  route({ type: 'aufgabe.größer', contentType: 'text/plain' }),
  route({ type: 'task.shared', audience: ['auditors', 'team'] }),
  route({ type: 'task.crowd', audience: crowd }),
  route({ channel: 'results', type: 'task.result' }),
];

const policy: VectorPolicy = {
  maxMessageBytes: 65_536,
  skewMs,
  suites: [1],
  sessionTopic: null,
  topics: { tasks: 'tasks', 'tasks.mirror': 'tasks', results: 'results' },
  queues: { tasks: 'tasks', results: 'results' },
  routes,
};

const plainBytes = build().record.length;

export const policies: Readonly<Record<string, VectorPolicy>> = {
  main: policy,
  // The length of the first case’s record, and one byte less.
  exact: { ...policy, maxMessageBytes: plainBytes },
  referring: { ...policy, sessionTopic: 'sessions' },
  tight: { ...policy, maxMessageBytes: plainBytes - 1 },
};
