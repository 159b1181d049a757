// Where attacks happen: a real broker, a sealed sender and receiver that do not know of them, and an insider with all rights.
import { randomUUID } from 'node:crypto';
import { Arrivals } from './arrivals.ts';
import type { Scene } from './attack.ts';
import type { Injection, Place, Transport } from './wire-record.ts';

/** A record in quarantine, read by an ordinary client. */
export interface Quarantined {
  readonly value: Buffer | null;
  readonly code: string;
  /** Hex: names all bytes of the rejected record. */
  readonly recordHash: string;
  /** The record was too large to be kept as a whole. */
  readonly shortened: boolean;
}

/** Reads what the receiver wrote beside the bytes. */
export function quarantinedOf(value: Buffer | null, headers: Readonly<Record<string, string>>): Quarantined {
  const { 'sealwire-code': code = '', 'sealwire-record-hash': recordHash = '' } = headers;
  return { value, code, recordHash, shortened: headers['sealwire-shortened'] === 'true' };
}

/** What an arena of either transport does. */
export interface ArenaSide {
  readonly transport: Transport;
  readonly scene: Scene;
  /** Sends through the sealed sender. Resolves when the broker has it. */
  send(place: Place, text: string): Promise<void>;
  /** Writes records with the insider’s ordinary client. @returns the broker’s refusal, or `null` where it took all */
  inject(injections: readonly Injection[]): Promise<string | null>;
  close(): Promise<void>;
}

export interface Arena extends ArenaSide {
  /** What the application was handed, as text. */
  readonly handedOver: Arrivals<string>;
  readonly quarantined: Arrivals<Quarantined>;
  /** Honest messages sent, and what the broker took of attacks. */
  readonly counts: { honest: number; injected: number };
  /** Sends an honest message. @returns whether the application was handed it */
  honest(place: Place): Promise<boolean>;
  /** What the application was handed that nobody honest sent, or more than once. */
  intruders(): string[];
}

/** Completes one side: keeps count of what is honest. */
export function arenaOf(
  side: ArenaSide,
  handedOver: Arrivals<string>,
  quarantined: Arrivals<Quarantined>,
  sentBefore: readonly string[],
): Arena {
  const honest = new Set(sentBefore);
  const counts = { honest: honest.size, injected: 0 };
  return {
    ...side,
    handedOver,
    quarantined,
    counts,
    async honest(place) {
      const text = honestText();
      honest.add(text);
      counts.honest++;
      await side.send(place, text);
      return handedOver.until((items) => items.includes(text));
    },
    async inject(injections) {
      const refusal = await side.inject(injections);
      if (refusal === null) counts.injected += injections.length;
      return refusal;
    },
    intruders() {
      const seen = new Set<string>();
      return handedOver.items.filter((text) => {
        const first = !seen.has(text);
        seen.add(text);
        return !honest.has(text) || !first;
      });
    },
  };
}

export const honestText = (): string => JSON.stringify({ honest: randomUUID() });
