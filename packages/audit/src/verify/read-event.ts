// Reads the few fields of an event that a verifier goes by. Whoever can write to the topic may have written it.
import { isAscii } from 'node:buffer';

/** */
export const maxEventBytes = 8_000;

export interface ReadEvent {
  /** 32 hex digits. */
  readonly chain: string;
  readonly sequence: number;
  /** What `metadata` says; the same in every event that was not changed. */
  readonly uid: string;
  readonly metadataSequence: unknown;
  /** 32 latin1 characters. */
  readonly previous: string;
  readonly writer: string;
  readonly kind: string;
  /** `null` where it has none that makes sense. */
  readonly timeMs: number | null;
  /** Everything; nothing in it is believed. */
  readonly unmapped: Readonly<Record<string, unknown>>;
}

const hex32 = /^[0-9a-f]{32}$/;
const hex64 = /^[0-9a-f]{64}$/;
/** A name of an agent, or its pseudonym. */
const name = /^[!-~]{1,255}$/;
const maxTimeMs = 8.64e15;

/** @returns `null` for what is no event of a chain */
export function readEvent(bytes: Buffer): ReadEvent | null {
  if (bytes.length > maxEventBytes || !isAscii(bytes)) return null;
  const event = parsed(bytes);
  if (!isRecord(event) || !isRecord(event['unmapped'])) return null;
  const { unmapped, metadata, time } = event;
  const { chain, sequence, previous, writer, kind } = unmapped;
  if (typeof chain !== 'string' || !hex32.test(chain)) return null;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 0) return null;
  if (typeof previous !== 'string' || !hex64.test(previous)) return null;
  if (typeof writer !== 'string' || !name.test(writer) || typeof kind !== 'string') return null;
  const head = isRecord(metadata) ? metadata : {};
  return {
    chain,
    sequence,
    uid: typeof head['uid'] === 'string' ? head['uid'] : '',
    metadataSequence: head['sequence'],
    previous: Buffer.from(previous, 'hex').toString('latin1'),
    writer,
    kind,
    timeMs: typeof time === 'number' && Math.abs(time) <= maxTimeMs ? time : null,
    unmapped,
  };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('latin1'));
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
