// The Avro schemas of SPEC.md §4 to §8, for other implementations and for the tests; the codec follows them by hand.

const namespace = 'sealwire.v1';

export const sealedMessageSchema = {
  type: 'record',
  name: 'SealedMessage',
  namespace,
  fields: ['session', 'header', 'body', 'mac', 'proof'].map((name) => ({ name, type: 'bytes' })),
} as const;

export const sessionSchema = {
  type: 'record',
  name: 'Session',
  namespace,
  fields: [
    { name: 'suite', type: 'int' },
    { name: 'realm', type: { type: 'fixed', name: 'Id', size: 16 } },
    { name: 'sender', type: 'string' },
    { name: 'senderKey', type: 'Id' },
    { name: 'instance', type: 'Id' },
    { name: 'audience', type: { type: 'array', items: 'string' } },
    { name: 'epochStart', type: 'long' },
    { name: 'epochLength', type: 'int' },
    { name: 'channel', type: 'string' },
    { name: 'type', type: 'string' },
    { name: 'schema', type: 'bytes' },
    { name: 'contentType', type: 'int' },
    { name: 'contentTypeName', type: 'string' },
    {
      name: 'wraps',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Wrap',
          fields: [
            { name: 'key', type: 'Id' },
            { name: 'encapsulated', type: 'bytes' },
            { name: 'wrapped', type: 'bytes' },
          ],
        },
      },
    },
  ],
} as const;

export const headerSchema = {
  type: 'record',
  name: 'Header',
  namespace,
  fields: [
    { name: 'partition', type: 'int' },
    { name: 'issuedAt', type: 'long' },
    { name: 'stream', type: 'long' },
    { name: 'sequence', type: 'long' },
    { name: 'salt', type: { type: 'fixed', name: 'Salt', size: 12 } },
    { name: 'position', type: 'int' },
    { name: 'correlation', type: ['null', { type: 'fixed', name: 'Id', size: 16 }] },
    { name: 'causation', type: ['null', 'Id'] },
    {
      name: 'clear',
      type: [
        'null',
        {
          type: 'record',
          name: 'ClearHeaders',
          fields: [
            { name: 'names', type: { type: 'array', items: 'string' } },
            { name: 'digest', type: { type: 'fixed', name: 'Hash', size: 32 } },
          ],
        },
      ],
    },
    { name: 'tombstone', type: 'boolean' },
  ],
} as const;

export const plaintextSchema = {
  type: 'record',
  name: 'Plaintext',
  namespace,
  fields: [
    { name: 'encoding', type: 'int' },
    { name: 'payload', type: 'bytes' },
    {
      name: 'headers',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'SealedHeader',
          fields: [
            { name: 'name', type: 'string' },
            { name: 'values', type: { type: 'array', items: 'bytes' } },
          ],
        },
      },
    },
  ],
} as const;

export const proofSchema = {
  type: 'record',
  name: 'Proof',
  namespace,
  fields: [
    { name: 'treeSize', type: 'int' },
    { name: 'leafIndex', type: 'int' },
    { name: 'path', type: 'bytes' },
    { name: 'signature', type: 'bytes' },
  ],
} as const;

/** A record of the session topic (§13). */
export const sessionRecordSchema = {
  type: 'record',
  name: 'SessionRecord',
  namespace,
  fields: ['session', 'signature'].map((name) => ({ name, type: 'bytes' })),
} as const;
