// A policy as a flat list of its settings, each under the path of its key: what two policies are compared by.
import type { PolicyPath } from './policy-path.js';

/** One key with its value. Lists are sets: their order means nothing. */
export interface PolicySetting {
  /** Of the key; a message type stands in it by its name. */
  readonly path: readonly string[];
  /** Where it is in the file. */
  readonly place: PolicyPath;
  readonly value: SettingValue;
  /** As the file has it; `null` where it is the default. */
  readonly text: string | null;
}

export type SettingValue = string | number | readonly string[];

/** Everything that a policy says, defaults included. */
export interface PolicySettings {
  /** By `pathKey`. */
  readonly byPath: ReadonlyMap<string, PolicySetting>;
  /** Channels, message types and connections: what comes and goes as a whole. */
  readonly units: ReadonlyMap<string, PolicyPath>;
}

/** Names hold no line feed. */
export const pathKey = (path: readonly string[]): string => path.join('\n');

const isUnit = ([top, , third]: readonly string[], length: number): boolean =>
  (top === 'channels' && (length === 2 || (length === 4 && third === 'messages'))) ||
  (top === 'connections' && length === 2);

/**
 * @param values as the schema gives them
 * @param source the same as text
 */
export function settingsOf(values: unknown, source: unknown): PolicySettings {
  const byPath = new Map<string, PolicySetting>();
  const units = new Map<string, PolicyPath>();
  const add = (path: readonly string[], place: PolicyPath, value: SettingValue, raw: unknown): void => {
    byPath.set(pathKey(path), { path, place, value, text: typeof raw === 'string' ? raw : null });
  };
  const walk = (value: unknown, raw: unknown, path: readonly string[], place: PolicyPath): void => {
    if (value === undefined || value === null) return;
    if (isUnit(path, path.length)) units.set(pathKey(path), place);
    if (Buffer.isBuffer(value)) add(path, place, value.toString('base64url'), raw);
    else if (Array.isArray(value) && path.length === 3 && path[0] === 'channels' && path[2] === 'messages')
      for (const [i, message] of value.entries())
        walk(message, partOf(raw, i), [...path, (message as { type: string }).type], [...place, i]);
    else if (Array.isArray(value)) add(path, place, value.map(entryText).sort(), raw);
    else if (typeof value === 'object')
      for (const [key, part] of Object.entries(value))
        walk(part, partOf(raw, key), [...path, key], [...place, key]);
    else
      add(
        path,
        place,
        typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value),
        raw,
      );
  };
  walk(values, source, [], []);
  return { byPath, units };
}

function partOf(raw: unknown, key: string | number): unknown {
  return typeof raw === 'object' && raw !== null ? (raw as Record<string | number, unknown>)[key] : undefined;
}

function entryText(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  if (Buffer.isBuffer(entry)) return entry.toString('base64url');
  const { exchange, routing_key: routingKey } = entry as { exchange?: string; routing_key?: string };
  return exchange === undefined ? JSON.stringify(entry) : `${exchange || "''"} ${routingKey}`;
}
