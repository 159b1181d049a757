// What an event says of a message: the part of its bytes that a proof is about (PROOF.md P-5).
import { namesTwice } from './names-twice.js';

const flatFields = [
  'sender_id',
  'recipient_id',
  'timestamp',
  'message_type',
  'message_hash',
  'channel',
  'encryption_status',
] as const;
const provenKinds: ReadonlySet<unknown> = new Set(['message.sent', 'message.received']);

/** What an event says. It is the word of who wrote it. */
export interface MessageEvent {
  readonly kind: 'message.sent' | 'message.received';
  readonly chain: string;
  readonly sequence: number;
  readonly writer: string;
  readonly senderId: string | null;
  readonly recipientId: string | null;
  readonly atMs: number;
  readonly messageType: string | null;
  /** 64 hex digits. */
  readonly messageHash: string;
  readonly channel: string | null;
  readonly encryptionStatus: string | null;
  readonly outcome: string | null;
  /** Topic, partition and offset, or exchange, routing key and queue; what of it is there. */
  readonly place: Readonly<Record<string, string | number>>;
  /** Texts were cut to make it fit: they cannot be compared. */
  readonly cut: boolean;
  readonly redriven: boolean;
}

const placeFields = [
  'topic',
  'partition',
  'offset',
  'baseOffset',
  'exchange',
  'routing_key',
  'queue',
] as const;

/** @returns `null` where it breaks P-5 in any way */
export function readMessageEvent(text: string): MessageEvent | null {
  const event = objectOf(text);
  const unmapped = event?.['unmapped'];
  if (event === null || typeof unmapped !== 'object' || unmapped === null) return null;
  const flat = unmapped as Record<string, unknown>;
  const said = (name: string): unknown => (Object.hasOwn(flat, name) ? flat[name] : undefined);
  const textOf = (name: string): string | null => {
    const value = said(name);
    return typeof value === 'string' ? value : null;
  };
  const [kind, chain, sequence, writer] = ['kind', 'chain', 'sequence', 'writer'].map(said);
  const atMs = timeOf(textOf('timestamp') ?? '');
  const whole =
    flatFields.every(
      (name) =>
        Object.hasOwn(event, name) &&
        event[name] === said(name) &&
        (event[name] === null || typeof event[name] === 'string'),
    ) &&
    provenKinds.has(kind) &&
    typeof chain === 'string' &&
    Number.isSafeInteger(sequence) &&
    typeof writer === 'string' &&
    atMs !== null &&
    /^[0-9a-f]{64}$/.test(textOf('message_hash') ?? '') &&
    said('unverified') !== true;
  if (!whole || namesTwice(text)) return null;
  const place: Record<string, string | number> = {};
  for (const name of placeFields) {
    const value = said(name);
    if (typeof value === 'string' || typeof value === 'number') place[name] = value;
  }
  return {
    kind: kind as MessageEvent['kind'],
    chain,
    sequence: sequence as number,
    writer,
    senderId: textOf('sender_id'),
    recipientId: textOf('recipient_id'),
    atMs,
    messageType: textOf('message_type'),
    messageHash: textOf('message_hash')!,
    channel: textOf('channel'),
    encryptionStatus: textOf('encryption_status'),
    outcome: textOf('outcome'),
    place,
    cut: said('cut') === true,
    redriven: textOf('redriven_by') !== null,
  };
}

/** In the one form that events have (SPEC A-3): of others two readers make two times. */
function timeOf(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isFinite(ms) && new Date(ms).toISOString() === text ? ms : null;
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
