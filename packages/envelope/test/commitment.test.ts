import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { nodePrimitives, type Primitives } from '@sealwire/crypto';
import { build } from './reference.js';
import { nowMs, opener, world } from './world.js';

const vector = JSON.parse(
  readFileSync(
    new URL('../../../test/conformance/vectors/salamander-aes256gcm.json', import.meta.url),
    'utf8',
  ),
) as Record<'key1' | 'key2' | 'iv' | 'ct' | 'tag' | 'pt1' | 'pt2', string>;
const bytes = (name: keyof typeof vector) => Buffer.from(vector[name], 'hex');

/** The suite, but every data key leads to one of the two keys under which the vector’s ciphertext opens. */
function leadingTo(key: Buffer): Primitives {
  return {
    ...nodePrimitives,
    expand: (dataKey, info, length) =>
      Buffer.concat([key, nodePrimitives.expand(dataKey, info, length).subarray(32)]),
    aeadKey(used) {
      const real = nodePrimitives.aeadKey(used);
      return { ...real, open: (_iv, _aad, sealed) => real.open(bytes('iv'), Buffer.alloc(0), sealed) };
    },
  };
}

describe('the mac commits a message to one key', () => {
  const body = Buffer.concat([bytes('ct'), bytes('tag')]);
  const received = (dataKeyBytes: Buffer) => {
    const { record, key } = build({
      change: {
        body: () => body,
        mac: (mac) => Buffer.concat([mac.subarray(0, 0), dataKeyBytes.length > 0 ? dataKeyBytes : mac]),
      },
    });
    return {
      source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '0' } as const,
      value: record,
      key,
      headers: [],
      appendedAtMs: null,
      receivedAtMs: nowMs,
    };
  };

  it('so that a ciphertext which opens under two keys reaches decryption under one of them only', async () => {
    // The vector is real: bare GCM opens it under both keys.
    for (const key of ['key1', 'key2'] as const) {
      expect(
        leadingTo(bytes(key)).aeadKey(bytes(key)).open(Buffer.alloc(12), Buffer.alloc(0), body),
      ).not.toBeNull();
    }
    const open = (key: Buffer, mac: Buffer) => opener(world(leadingTo(key)))([received(mac)]);
    // With the mac of the data key it opens, and only then is the (meaningless) plaintext looked at.
    expect((await open(bytes('key1'), Buffer.alloc(0)))[0]).toMatchObject({ code: 'ERR_FORMAT_BODY' });
    // The other recipient’s data key gives another mac key: refused before decrypting, though its GCM would open.
    expect((await open(bytes('key2'), Buffer.alloc(32, 7)))[0]).toMatchObject({ code: 'ERR_INTEGRITY_MAC' });
  });
});
