// One event of the trail, as commands that show the trail read it: nothing in it is proven.

export interface TrailEntry {
  readonly timeMs: number;
  readonly kind: string;
  readonly sender: string | null;
  /** Several are separated by commas. */
  readonly recipient: string | null;
  readonly type: string | null;
  readonly channel: string | null;
  readonly outcome: string | null;
  readonly code: string | null;
  readonly alert: string | null;
  readonly encryption: string | null;
  /** Sender, recipient and type are what an unverified record claims. */
  readonly unverified: boolean;
  readonly writer: string | null;
  readonly chain: string | null;
  readonly sequence: number | null;
  /** Of the message, where the event says it. */
  readonly bytes: number | null;
  /** The whole record, under the names that it has on the topic. */
  readonly record: Readonly<Record<string, unknown>>;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** `null` for what is no event: no visible ASCII (SPEC A-1), no JSON object, no kind, no time. */
export function trailEntry(bytes: Buffer): TrailEntry | null {
  for (const byte of bytes) if (byte < 0x20 || byte > 0x7e) return null;
  let event: unknown;
  try {
    event = JSON.parse(bytes.toString('latin1'));
  } catch {
    return null;
  }
  if (typeof event !== 'object' || event === null) return null;
  const { time, unmapped, raw_data_size: size } = event as Record<string, unknown>;
  if (typeof unmapped !== 'object' || unmapped === null || typeof time !== 'number') return null;
  const record = unmapped as Record<string, unknown>;
  const kind = textOf(record['kind']);
  if (kind === null || !(Math.abs(time) <= 8.64e15)) return null;
  return {
    timeMs: time,
    kind,
    sender: textOf(record['sender_id']),
    recipient: textOf(record['recipient_id']),
    type: textOf(record['message_type']),
    channel: textOf(record['channel']),
    outcome: textOf(record['outcome']),
    code: textOf(record['code']),
    alert: textOf(record['alert']),
    encryption: textOf(record['encryption_status']),
    unverified: record['unverified'] === true,
    writer: textOf(record['writer']),
    chain: textOf(record['chain']),
    sequence: numberOf(record['sequence']),
    bytes: numberOf(size),
    record,
  };
}
