import { expect, it } from '@jest/globals';
import type { Judged, PublicKey } from '@sealwire/core';
import { RevokedKeyUses } from '../src/revoked-key-uses.js';

const startMs = Date.UTC(2026, 0, 1);
const id = Buffer.alloc(16, 7);
const key: PublicKey = {
  keyId: id,
  publicKey: Buffer.alloc(65),
  owner: 'alice',
  notBeforeMs: 0,
  notAfterMs: Infinity,
  distrustFromMs: startMs,
};
const parts = (known: PublicKey | null = key) => ({
  agent: 'bob',
  directory: { signingKey: (text: string) => (text === id.toString('latin1') ? known : null) },
});
const refused = (code = 'ERR_KEY_STATUS', keyId = id.toString('hex')): Judged =>
  ({ verified: false, code, claims: { sender: 'alice', recipients: [], type: null, keyId } }) as never;
const accepted = (keyRevoked: boolean): Judged =>
  ({ verified: true, keyRevoked, facts: { senderKeyId: id } }) as never;

it('a revoked key that is used is told at once, as an alert, and what was done about it', () => {
  const [event, ...more] = new RevokedKeyUses().events([refused()], 'quarantined', parts(), startMs);
  expect(more).toEqual([]);
  expect(event).toMatchObject({
    kind: 'key.used_after_revocation',
    senderId: 'bob',
    outcome: 'quarantined',
    code: 'ERR_KEY_STATUS',
    unverified: true,
    facts: {
      name: 'alice',
      key_id: id.toString('hex'),
      distrusted_from: '2026-01-01T00:00:00.000Z',
      uses: 1,
    },
  });
  expect(new RevokedKeyUses().events([accepted(true)], 'dropped', parts(), startMs)).toMatchObject([
    { outcome: 'delivered', code: null, unverified: false },
  ]);
});

it('it is told once in ten minutes, and then how often it was used since', () => {
  const uses = new RevokedKeyUses();
  const told = (minutes: number, outcomes: readonly Judged[]) =>
    uses
      .events(outcomes, 'quarantined', parts(), startMs + minutes * 60_000)
      .map(({ facts }) => facts['uses']);
  expect(told(0, [refused(), refused(), accepted(true)])).toEqual([1]);
  expect(told(9.9, [refused()])).toEqual([]);
  expect(told(10, [refused(), refused()])).toEqual([4]);
  expect(told(-5, [refused()])).toEqual([2]);
});

it('nothing is told of other refusals, of keys that are only over, and of keys that nobody knows', () => {
  const others = [
    refused('ERR_KEY_UNKNOWN'),
    refused('ERR_KEY_STATUS', 'ff'.repeat(16)),
    accepted(false),
    { verified: false, code: 'ERR_KEY_STATUS', claims: null } as never,
    { verified: false, plain: true } as never,
  ];
  const uses = new RevokedKeyUses();
  expect(uses.events(others, 'quarantined', parts(), startMs)).toEqual([]);
  const over = { ...key, distrustFromMs: null };
  expect(uses.events([refused()], 'quarantined', parts(over), startMs)).toEqual([]);
});
