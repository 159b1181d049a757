// The validity of the key that a message was sealed to, judged for every message (SPEC.md E-43).
import { describe, expect, it } from '@jest/globals';
import { InabilityError, type KeyStore, type PublicKey, type Received } from '@sealwire/core';
import { build, type Parts } from './reference.js';
import { nowMs, opener, skewMs, world } from './world.js';

/** A receiver whose directory says what it is told to of the one recipient key. */
function receiver(keyStore?: KeyStore) {
  const w = world();
  const listed = w.directory.sealingKey('team', nowMs)!;
  let now: PublicKey | null | Error = listed;
  let lookUps = 0;
  let asked: readonly string[] = [];
  const directory = {
    ...w.directory,
    sealingKeyById: (_: string, owners: readonly string[]) => {
      asked = owners;
      lookUps++;
      if (now instanceof Error) throw now;
      return now;
    },
  };
  const open = opener({ ...w, directory }, keyStore ?? w.team);
  return {
    says: (change: Partial<PublicKey> | null | Error) =>
      (now = change === null || change instanceof Error ? change : { ...listed, ...change }),
    lookUps: () => lookUps,
    asked: () => asked,
    async codes(...given: readonly Partial<Parts>[]) {
      const outcomes = await open(given.map(received));
      return outcomes.map((outcome) => (outcome.verified ? 'opened' : outcome.code));
    },
  };
}

const received = (given: Partial<Parts>, i: number): Received => {
  const { record, key } = build(given);
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: `${i}` },
    value: given.tombstone === true ? null : record,
    key,
    headers: given.tombstone === true ? [{ name: 'sealwire', values: [record] }] : [],
    appendedAtMs: null,
    receivedAtMs: nowMs,
  };
};
const issuedAt = (ms: number): Partial<Parts> => ({ header: { issuedAt: ms } });

describe('the recipient key’s validity', () => {
  it('[E-43] is judged at the issue time, widened by the skew at both ends', async () => {
    const { says, codes } = receiver();
    says({ notBeforeMs: nowMs, notAfterMs: nowMs + 1000 });
    const times = [-skewMs - 1, -skewMs, 0, 999 + skewMs, 1000 + skewMs];
    expect(await codes(...times.map((ms) => issuedAt(nowMs + ms)))).toEqual([
      'ERR_KEY_STATUS',
      'opened',
      'opened',
      'opened',
      'ERR_KEY_STATUS',
    ]);
  });

  it('[E-43] is judged for every message, though the session and its data key are kept', async () => {
    const { says, codes } = receiver();
    expect(await codes({})).toEqual(['opened']);
    says({ notAfterMs: nowMs - skewMs });
    expect(await codes({})).toEqual(['ERR_KEY_STATUS']);
    says(null);
    expect(await codes({})).toEqual(['ERR_KEY_STATUS']);
    says({});
    expect(await codes({})).toEqual(['opened']);
  });

  it('[E-43] is not ended by a revocation: the sender may not have heard yet', async () => {
    const { says, codes } = receiver();
    says({ distrustFromMs: 0 });
    expect(await codes({})).toEqual(['opened']);
  });

  it('[E-43] does not concern tombstones, which nobody opens', async () => {
    const { says, codes } = receiver();
    says(null);
    expect(await codes({ tombstone: true })).toEqual(['opened']);
  });

  it('[E-43] is no verdict while the directory cannot be relied on', async () => {
    const { says, codes } = receiver();
    says(new InabilityError('ERR_UNABLE_DIRECTORY', 'expired'));
    await expect(codes({})).rejects.toThrow(InabilityError);
  });

  it('[E-43] counts before the key store’s answer, so that a store that is away changes no verdict', async () => {
    const away = { ...world().team, unwrap: () => Promise.reject(new Error('away')) };
    const { says, codes } = receiver(away);
    says({ notAfterMs: nowMs - skewMs });
    expect(await codes({})).toEqual(['ERR_KEY_STATUS']);
  });

  it('[E-18] is asked for again when the key store has answered: it may have been destroyed meanwhile', async () => {
    const { team } = world();
    let held = true;
    const { codes } = receiver({
      ...team,
      holds: (id) => held && team.holds(id),
      unwrap: async (...asked) => {
        const dataKey = await team.unwrap(...asked);
        held = false;
        return dataKey;
      },
    });
    expect(await codes({})).toEqual(['ERR_KEY_NOT_FOR_ME']);
  });

  it('[E-43] is the one that the directory lists for a name of the audience', async () => {
    const { codes, asked } = receiver();
    await codes({});
    expect(asked()).toEqual(['team']);
  });

  it('is looked up once for neighbours of one session', async () => {
    const { codes, lookUps } = receiver();
    expect(await codes({}, {}, {})).toEqual(['opened', 'opened', 'opened']);
    expect(lookUps()).toBe(1);
  });
});
