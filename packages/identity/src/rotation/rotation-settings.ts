// How often keys are replaced, and how long what was sealed to them stays readable.

/** All in milliseconds. */
export interface RotationSettings {
  /** How long a sealing key is the newest. It is valid for twice that, then nobody seals to it. */
  readonly intervalMs: number;
  /** How long after a sealing key's end what was sealed to it stays readable; then its private half is destroyed. */
  readonly destroyAfterMs: number;
  /** The same for groups that keep messages longer. */
  readonly destroyAfterByGroup: ReadonlyMap<string, number>;
  /** How long a signing key is valid; it is replaced after half of it. */
  readonly signingValidityMs: number;
  /** How long a directory document is valid; it is issued anew after half of it. */
  readonly documentValidityMs: number;
}

const dayMs = 86_400_000;

export const defaultRotation: RotationSettings = {
  intervalMs: dayMs,
  destroyAfterMs: 30 * dayMs,
  destroyAfterByGroup: new Map(),
  signingValidityMs: 90 * dayMs,
  documentValidityMs: 7 * dayMs,
};

/** The life of one kind of key: newest for one interval, valid for two. */
export interface Period {
  readonly intervalMs: number;
  /** How long before its use a key is published: a quarter of the interval; seconds at least, where there are some. */
  readonly leadMs: number;
}

export function periodOf(purpose: 'message-signing' | 'sealing', settings: RotationSettings): Period {
  const intervalMs = purpose === 'sealing' ? settings.intervalMs : Math.floor(settings.signingValidityMs / 2);
  // Signing keys live long: a day's warning is enough for everybody.
  const quarter = Math.min(intervalMs / 4, dayMs);
  return { intervalMs, leadMs: Math.floor(Math.max(quarter, Math.min(2_000, intervalMs / 2))) };
}

/** How long after a key's end it must be destroyed, or, for a signing key, may leave the directory. */
export function keptMs(name: string, settings: RotationSettings): number {
  return settings.destroyAfterByGroup.get(name) ?? settings.destroyAfterMs;
}

/** Signing keys stay listed as long as anything that they signed can be read. */
export function signingKeptMs({ destroyAfterMs, destroyAfterByGroup, intervalMs }: RotationSettings): number {
  return Math.max(destroyAfterMs, ...destroyAfterByGroup.values()) + 2 * intervalMs;
}
