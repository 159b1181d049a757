// A topic’s settings, read as Kafka means them.
type Settings = ReadonlyMap<string, string>;

/** Kafka’s own default. */
const defaultBytes = 1_048_588;

export const isCompacted = (settings: Settings): boolean =>
  settings.get('cleanup.policy')?.includes('compact') === true;
export const isDeleted = (settings: Settings): boolean =>
  settings.get('cleanup.policy')?.includes('delete') !== false;
export const bytesOf = (settings: Settings): number =>
  Number(settings.get('max.message.bytes') ?? defaultBytes);

/** Infinity: for ever. */
export function retentionMs(settings: Settings): number {
  const ms = Number(settings.get('retention.ms') ?? -1);
  return ms < 0 || !isDeleted(settings) ? Infinity : ms;
}
