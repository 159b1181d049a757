// What two policies say differently, setting by setting, and what that does.
import type { PolicyPath } from './policy.js';
import { pathKey, type PolicySetting, type PolicySettings, type SettingValue } from './policy-settings.js';
import { ruleOf, type Effect, type Look } from './setting-rules.js';

/** One difference. */
export interface PolicyChange {
  /** Of the key, with dots; a message type stands in it by its name. */
  readonly setting: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly effect: Effect;
  /** Whether an open Sealwire can take it over; otherwise it needs a new start. */
  readonly live: boolean;
  /** What was and what is, in the words of the files; of lists: what went and what came. `null`: nothing. */
  readonly before: string | null;
  readonly after: string | null;
  /** `file:line:column` in the newer file, or in the older where it has been removed. */
  readonly place: string;
}

/** As far as comparing goes. */
export interface ComparedPolicy {
  readonly settings: () => PolicySettings;
  readonly at: (path: PolicyPath) => string;
}

/**
 * Compares two policies by what they mean, not by how they are written: order, quotes, comments and defaults that are
 * spelt out are no difference. What schemas and keys hold that they name is not looked at.
 * @returns in the order of the files: first what stands in the newer one
 */
export function comparePolicies(before: ComparedPolicy, after: ComparedPolicy): PolicyChange[] {
  const [old, now] = [before.settings(), after.settings()];
  const changes = new Map<string, PolicyChange>();
  const look =
    ({ byPath }: PolicySettings): Look =>
    (path) =>
      byPath.get(pathKey(path))?.value;
  const effectOf = (path: readonly string[]): Effect => {
    const [was, is] = [look(old), look(now)];
    return ruleOf(path).judge(was(path), is(path), path, was, is);
  };
  for (const [key, setting] of now.byPath) {
    const was = old.byPath.get(key);
    if (was === undefined) {
      const unit = missingUnit(setting.path, now, old);
      if (unit !== null)
        changes.set(pathKey(unit), wholeUnit(unit, 'added', after.at(now.units.get(pathKey(unit))!)));
      else changes.set(key, changed(null, setting, effectOf(setting.path), after));
    } else if (!isSame(was.value, setting.value))
      changes.set(key, changed(was, setting, effectOf(setting.path), after));
  }
  for (const [key, setting] of old.byPath) {
    if (now.byPath.has(key)) continue;
    const unit = missingUnit(setting.path, old, now);
    if (unit !== null)
      changes.set(pathKey(unit), wholeUnit(unit, 'removed', before.at(old.units.get(pathKey(unit))!)));
    else changes.set(key, changed(setting, null, effectOf(setting.path), before));
  }
  return [...changes.values()];
}

/** The outermost unit around a setting that one policy has and the other has not. */
function missingUnit(
  path: readonly string[],
  has: PolicySettings,
  lacks: PolicySettings,
): readonly string[] | null {
  for (const length of [2, 4]) {
    const unit = path.slice(0, length);
    const key = pathKey(unit);
    if (unit.length === length && has.units.has(key) && !lacks.units.has(key)) return unit;
  }
  return null;
}

/** A way to speak that was not there. How a transport is reached at all is fixed when a process starts. */
function wholeUnit(path: readonly string[], kind: 'added' | 'removed', place: string): PolicyChange {
  const isConnection = path[0] === 'connections';
  const effect = isConnection ? 'other' : kind === 'added' ? 'weaker' : 'stronger';
  return { setting: path.join('.'), kind, effect, live: !isConnection, before: null, after: null, place };
}

function changed(
  was: PolicySetting | null,
  now: PolicySetting | null,
  effect: Effect,
  { at }: ComparedPolicy,
): PolicyChange {
  const { path, place } = (now ?? was)!;
  const { live } = ruleOf(path);
  const lists = Array.isArray(was?.value ?? now?.value);
  return {
    setting: path.join('.'),
    kind: was === null ? 'added' : now === null ? 'removed' : 'changed',
    effect,
    live: live === 'lower' ? Number(now?.value) < Number(was?.value) : live,
    before: was && (lists ? entriesOnly(was, now) : (was.text ?? String(was.value))),
    after: now && (lists ? entriesOnly(now, was) : (now.text ?? String(now.value))),
    place: at(place),
  };
}

/** What is in one list and not in the other. */
function entriesOnly(one: PolicySetting, other: PolicySetting | null): string | null {
  const rest = new Set(other?.value as readonly string[] | undefined);
  const left = (one.value as readonly string[]).filter((entry) => !rest.has(entry));
  return left.length === 0 ? null : left.join(', ');
}

function isSame(a: SettingValue, b: SettingValue): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((entry, i) => entry === (b as readonly string[])[i]);
}

/** A change in one line, as people read it. */
export function changeText({ setting, kind, before, after }: PolicyChange): string {
  if (kind !== 'changed' || (before === null && after === null)) {
    const value = after ?? before;
    return `${setting} ${kind}${value === null ? '' : `: ${value}`}`;
  }
  if (before === null) return `${setting} gains ${after}`;
  return after === null ? `${setting} loses ${before}` : `${setting}: ${before} became ${after}`;
}
