// Attacks on what a sender signs: ids of a wrong length, and keys of an audience that changed while a session lasts.
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { keyId, nodePrimitives } from '@sealwire/crypto';
import type { Clock, Directory, PublicKey } from '@sealwire/core';
import { lp, u32 } from './reference.js';
import { nowMs, opener, outgoing, receivedFrom, sealer, world } from './world.js';

const w = world();

/** Bytes that, behind a correlation id, read as a clear header that somebody else chose. */
function forgedTail(name: string): { tail: Buffer; value: Buffer } {
  for (let i = 0; ; i++) {
    const value = Buffer.from(`admin-${i}`);
    const digest = createHash('sha256')
      .update(Buffer.concat([lp(Buffer.from(name)), u32(1), lp(value)]))
      .digest();
    // The last two bytes, and the tombstone flag, are those that the header record ends with anyway.
    if (digest.readUInt16BE(30) !== 0) continue;
    const names = Buffer.concat([Buffer.from([2, name.length * 2]), Buffer.from(name), Buffer.from([0])]);
    return { tail: Buffer.concat([Buffer.from([0, 2]), names, digest.subarray(0, 30)]), value };
  }
}

describe('a sender', () => {
  it('signs no header that stood in a correlation id', async () => {
    const { tail, value } = forgedTail('role');
    const correlationId = Buffer.concat([Buffer.alloc(16, 7), tail]);
    const attempt = async () => {
      const [sealed] = sealer(w)([outgoing({ description: { correlationId } })]);
      const headers = [{ name: 'role', values: [value] }];
      const [outcome] = await opener(w)([receivedFrom(sealed!, { headers })]);
      return outcome;
    };
    await expect(attempt()).rejects.toMatchObject({ code: 'ERR_USAGE_ARGUMENT' });
  });

  it.each([
    ['correlationId', Buffer.alloc(15)],
    ['causationId', Buffer.alloc(17)],
    ['correlationId', Buffer.alloc(0)],
    ['causationId', '0123456789abcdef' as unknown as Buffer],
  ])('refuses a %s that is not 16 bytes', (name, id) => {
    expect(() => sealer(w)([outgoing({ description: { [name]: id } })])).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }),
    );
  });

  it.each([60_500, 999, 0, -1000, Number.NaN, Number.POSITIVE_INFINITY])(
    'does not begin with an epoch of %d ms, whose sessions nobody could read',
    (epochMs) => {
      expect(() => sealer(w, { epochMs })).toThrow(expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' }));
    },
  );

  it('ends a session when a key of its audience is replaced, expires or is distrusted', () => {
    const team = w.directory.sealingKey('team', nowMs)!;
    const point = nodePrimitives.sealingKey(Buffer.alloc(32, 0x23)).publicKey;
    const next: PublicKey = { ...team, publicKey: point, keyId: keyId('sealing', 1, point) };
    let current: PublicKey | null = team;
    const directory: Directory = { ...w.directory, sealingKey: () => current };
    let time = nowMs;
    const clock: Clock = { nowMs: () => time };
    const seal = sealer({ ...w, directory }, { clock });
    const head = () => seal([outgoing()])[0]!.value!;

    const first = head();
    expect(first.includes(team.keyId)).toBe(true);
    current = next;
    time += 1;
    expect(head().includes(team.keyId)).toBe(false);
    expect(head().includes(next.keyId)).toBe(true);
    current = null;
    time += 1;
    // Both times: a refusal is not forgotten within the same millisecond.
    expect(head).toThrow(expect.objectContaining({ code: 'ERR_KEY_MISSING' }));
    expect(head).toThrow(expect.objectContaining({ code: 'ERR_KEY_MISSING' }));
  });
});
