// What is due: decided from the directory, the policy and the clock alone, so that every process decides alike.
import type { DirectoryEntry, ListedKey } from '../directory/directory-entry.js';
import type { ListedPurpose } from '../directory/root-document.js';
import { dueKey, isLive, newestLive, nextDueMs, type DueTimes } from './due-key.js';
import {
  dueShares,
  groupDestroyAtMs,
  hasShare,
  hasStranger,
  memberKeyFor,
  type DueShare,
} from './due-shares.js';
import { keptMs, periodOf, signingKeptMs, type RotationSettings } from './rotation-settings.js';

export interface PlanInput {
  /** Whose process this is. */
  readonly agent: string;
  /** What it looks after: its own entry, and those of groups that it is a member of. */
  readonly entries: readonly DirectoryEntry[];
  /** Of all groups. */
  readonly groups: readonly DirectoryEntry[];
  /** Of any agent. */
  readonly sealingKeysOf: (name: string) => readonly ListedKey[];
  /** The issuer's document; `null` where there is none yet. */
  readonly document: { readonly issuedAtMs: number; readonly expiresAtMs: number } | null;
  readonly settings: RotationSettings;
  readonly nowMs: number;
  /** Names whose keys are to be replaced at once. */
  readonly force: ReadonlySet<string>;
}

export interface DueKey extends DueTimes {
  readonly name: string;
  readonly purpose: ListedPurpose;
  /** `null` for signing keys. */
  readonly destroyAtMs: number | null;
  /** Whom a group's key is sealed to; `null` for agents' keys. */
  readonly shares: readonly DueShare[] | null;
}

export interface RotationPlan {
  readonly keys: readonly DueKey[];
  /** Members that are to be given a key that there is already. */
  readonly shares: readonly { readonly key: ListedKey; readonly to: readonly DueShare[] }[];
  /** Keys that senders must leave at once. */
  readonly revoked: readonly { readonly key: ListedKey; readonly reason: string }[];
  /** Keys that leave the document: their private halves are gone. */
  readonly dropped: readonly ListedKey[];
  /** The document is to be issued anew although nothing in it changes. */
  readonly reissue: boolean;
  /** Members that no key of a group can be sealed to. */
  readonly unreachable: readonly { readonly group: string; readonly member: string }[];
  /** When to look again, as far as time decides it. */
  readonly nextMs: number;
}

/** How long a member waits for a share from who has the key, before everybody gets another key. */
const patienceMs = 5_000;

const purposesOf = ({ members }: DirectoryEntry): readonly ListedPurpose[] =>
  members === null ? ['message-signing', 'sealing'] : ['sealing'];

/** Pure. */
export function rotationPlan(input: PlanInput): RotationPlan {
  const { entries, settings, nowMs, document, force } = input;
  const plan = {
    keys: [] as DueKey[],
    shares: [] as { key: ListedKey; to: readonly DueShare[] }[],
    revoked: [] as { key: ListedKey; reason: string }[],
    dropped: [] as ListedKey[],
    unreachable: [] as { group: string; member: string }[],
  };
  const next: number[] = [];
  for (const entry of entries) {
    for (const purpose of purposesOf(entry)) {
      const keys = entry.keys.filter((key) => key.purpose === purpose);
      const urgent = urgencyOf(entry, keys, input);
      const period = periodOf(purpose, settings);
      const barred = isBarred(entry, keys, nowMs) && urgent === null;
      const times = barred ? null : dueKey(keys, period, nowMs, urgent);
      const due = times === null ? null : dueOf(entry, purpose, times, input);
      if (times !== null && due !== null) {
        plan.keys.push(due);
        plan.revoked.push(...replacedAtOnce(entry, keys, times, nowMs));
      } else if (newestLive(keys, nowMs) !== null) next.push(nextDueMs(keys, period, nowMs));
      for (const key of keys) {
        const goneMs = key.destroyAtMs ?? key.notAfterMs + signingKeptMs(settings);
        // What says that an agent is out stays, or it would look like one that is new.
        if (nowMs >= goneMs && !barred) plan.dropped.push(key);
      }
    }
    if (entry.members === null) continue;
    for (const key of entry.keys) {
      if (plan.revoked.some((one) => one.key === key)) continue;
      const to = dueShares(key, entry.members, input.sealingKeysOf, nowMs);
      if (to.length > 0 && canShare(key, input)) plan.shares.push({ key, to });
    }
    for (const member of entry.members)
      if (!input.sealingKeysOf(member).some((key) => isLive(key, nowMs)))
        plan.unreachable.push({ group: entry.name, member });
  }
  const halfway =
    document === null ? Infinity : document.issuedAtMs + (document.expiresAtMs - document.issuedAtMs) / 2;
  // Not longer than this policy has it, where the one who issued it last had another.
  const reissueMs =
    document === null
      ? Infinity
      : Math.min(
          halfway,
          Math.max(document.expiresAtMs - settings.documentValidityMs / 2, document.issuedAtMs),
        );
  return { ...plan, reissue: nowMs >= reissueMs || force.size > 0, nextMs: Math.min(reissueMs, ...next) };
}

/** A group whose members changed needs another key at once, where the old one cannot be given to who came. */
function urgencyOf(
  entry: DirectoryEntry,
  keys: readonly ListedKey[],
  input: PlanInput,
): 'forced' | 'member' | null {
  if (input.force.has(entry.name)) return 'forced';
  const { members } = entry;
  if (members === null) return null;
  const live = keys.filter((key) => isLive(key, input.nowMs));
  if (live.some((key) => hasStranger(key, members))) return 'member';
  const newest = newestLive(keys, input.nowMs);
  if (newest === null || newest.shares.length === 0) return null;
  const { nowMs, sealingKeysOf } = input;
  const helpless = members.some((member) => {
    if (hasShare(newest, member, sealingKeysOf, nowMs)) return false;
    const live = sealingKeysOf(member).filter((key) => isLive(key, nowMs));
    if (live.length === 0) return false;
    if (memberKeyFor(live, newest.destroyAtMs ?? Infinity, nowMs) === null) return true;
    // Another member may be able to give it; if none does, only a new key helps.
    const sinceMs = Math.max(newest.notBeforeMs, Math.min(...live.map((key) => key.notBeforeMs)));
    return !canShare(newest, input) && nowMs - sinceMs >= patienceMs;
  });
  return helpless ? 'member' : null;
}

/** Somebody revoked all that an agent had, and nobody gave it a key since: only somebody lets it in again (`force`). */
function isBarred({ members }: DirectoryEntry, keys: readonly ListedKey[], nowMs: number): boolean {
  if (members !== null || newestLive(keys, nowMs) !== null) return false;
  const isReplaced = (fromMs: number): boolean =>
    keys.some((key) => key.distrustFromMs === null && key.notBeforeMs >= fromMs);
  return keys.some(({ distrustFromMs }) => distrustFromMs !== null && !isReplaced(distrustFromMs));
}

/** `null` where a group's key has to wait until this agent can be given its own share, out of which others get theirs. */
function dueOf(
  entry: DirectoryEntry,
  purpose: ListedPurpose,
  times: DueTimes,
  input: PlanInput,
): DueKey | null {
  const { settings, nowMs, sealingKeysOf } = input;
  const { name, members } = entry;
  if (purpose === 'message-signing') return { ...times, name, purpose, destroyAtMs: null, shares: null };
  const wantedMs = times.notAfterMs + keptMs(name, settings);
  if (members === null)
    return {
      ...times,
      name,
      purpose,
      destroyAtMs: fittingDestroyAtMs(entry, wantedMs, times.notAfterMs, input.groups, nowMs),
      shares: null,
    };
  const destroyAtMs = groupDestroyAtMs(wantedMs, members, sealingKeysOf, nowMs);
  const shares = members.flatMap((member): DueShare[] => {
    const memberKey = memberKeyFor(sealingKeysOf(member), destroyAtMs, nowMs);
    return memberKey === null ? [] : [{ member, memberKey }];
  });
  return shares.some(({ member }) => member === input.agent)
    ? { ...times, name, purpose, destroyAtMs, shares }
    : null;
}

/**
 * An agent that has just become a member of groups gets a first key that is destroyed no later than the groups' keys
 * that are in use: so it can be given those, and reads what is on its way.
 */
export function fittingDestroyAtMs(
  { name, keys }: Pick<DirectoryEntry, 'name' | 'keys'>,
  wantedMs: number,
  notAfterMs: number,
  groups: readonly DirectoryEntry[],
  nowMs: number,
): number {
  const own = keys.filter((key) => key.purpose === 'sealing');
  const ends = groups
    .filter(({ members }) => members?.includes(name) === true)
    .flatMap((group) => group.keys.filter((key) => isLive(key, nowMs) && key.shares.length > 0))
    .map((key) => key.destroyAtMs ?? Infinity)
    .filter((endMs) => endMs >= notAfterMs && memberKeyFor(own, endMs, nowMs) === null);
  return Math.min(wantedMs, ...ends);
}

/** What is forced or lost a member leaves no key of before in use; receivers go on opening what was sealed to it. */
function replacedAtOnce(
  { members }: DirectoryEntry,
  keys: readonly ListedKey[],
  { why }: DueTimes,
  nowMs: number,
): { key: ListedKey; reason: string }[] {
  const live = keys.filter((key) => isLive(key, nowMs));
  if (why === 'forced')
    // One that is valid goes on until its end; one that was published ahead would come after the new one.
    return live
      .filter((key) => key.notBeforeMs > nowMs)
      .map((key) => ({ key, reason: 'replaced before its use' }));
  if (why === 'member' && members !== null)
    return live
      .filter((key) => hasStranger(key, members) || key.notBeforeMs > nowMs)
      .map((key) => ({ key, reason: 'the members changed' }));
  return [];
}

/** Only who was given a share can give one on. */
function canShare(key: ListedKey, { agent, sealingKeysOf, nowMs }: PlanInput): boolean {
  return hasShare(key, agent, sealingKeysOf, nowMs);
}
