// Which member of a group gets its key sealed to which of the member's own keys (SPEC.md D-27).
import type { ListedKey } from '../directory/directory-entry.js';
import { isLive } from './due-key.js';

type SealingKeysOf = (name: string) => readonly ListedKey[];

/** The member's key that opens a share the longest and is still destroyed no later than the group's key. */
export function memberKeyFor(
  memberKeys: readonly ListedKey[],
  destroyAtMs: number,
  nowMs: number,
): ListedKey | null {
  const lastsTo = ({ destroyAtMs: at }: ListedKey): number => at ?? Infinity;
  return memberKeys
    .filter((key) => key.distrustFromMs === null && nowMs < lastsTo(key) && lastsTo(key) <= destroyAtMs)
    .reduce<ListedKey | null>(
      (best, key) => (best === null || lastsTo(key) > lastsTo(best) ? key : best),
      null,
    );
}

/**
 * The destroy time of a new group key: the one that is wanted, or, where a member has only keys that live longer, the
 * earliest at which that member can be given it.
 */
export function groupDestroyAtMs(
  wantedMs: number,
  members: readonly string[],
  sealingKeysOf: SealingKeysOf,
  nowMs: number,
): number {
  return members.reduce((latest, member) => {
    const ends = sealingKeysOf(member)
      .filter((key) => isLive(key, nowMs))
      .map((key) => key.destroyAtMs ?? Infinity);
    const earliest = Math.min(...ends);
    return Number.isFinite(earliest) && memberKeyFor(sealingKeysOf(member), latest, nowMs) === null
      ? Math.max(latest, earliest)
      : latest;
  }, wantedMs);
}

export interface DueShare {
  readonly member: string;
  readonly memberKey: ListedKey;
}

/**
 * Who of the members has no share of a group's key that can be opened, and could be given one.
 * A key without any share was handed out by hand: nothing is due.
 */
export function dueShares(
  key: ListedKey,
  members: readonly string[],
  sealingKeysOf: SealingKeysOf,
  nowMs: number,
): readonly DueShare[] {
  if (key.shares.length === 0 || !isLive(key, nowMs)) return [];
  return members.flatMap((member) => {
    if (hasShare(key, member, sealingKeysOf, nowMs)) return [];
    const memberKey = memberKeyFor(sealingKeysOf(member), key.destroyAtMs ?? Infinity, nowMs);
    return memberKey === null ? [] : [{ member, memberKey }];
  });
}

/** Whether there is a share for a key that the member still has. */
export function hasShare(
  key: ListedKey,
  member: string,
  sealingKeysOf: SealingKeysOf,
  nowMs: number,
): boolean {
  return key.shares.some(
    (share) =>
      share.member === member &&
      sealingKeysOf(member).some(
        (own) =>
          own.keyId.equals(share.memberKeyId) &&
          own.distrustFromMs === null &&
          nowMs < (own.destroyAtMs ?? Infinity),
      ),
  );
}

/** Whether somebody who is no member any more was given it. */
export function hasStranger(key: ListedKey, members: readonly string[]): boolean {
  return key.shares.some(({ member }) => !members.includes(member));
}
