// Who talks to whom, what was refused, per channel and over time: sums of a trail, in bounded memory.
import { BoundedCounts } from './bounded-counts.js';
import type { TrailEntry } from './trail-entry.js';

/** Numbers of messages, as their events at either end say. */
export interface MessageCounts {
  /** Told by senders. */
  sent: number;
  acknowledged: number;
  failed: number;
  unknown: number;
  /** Told by receivers: handed over. */
  received: number;
  refused: number;
  duplicates: number;
  /** Not sealed, and neither refused. */
  plaintext: number;
  /** Of what was sent, where events say it. */
  sentBytes: number;
}

export type Named<Names extends string> = { readonly [Name in Names]: string | null } & MessageCounts;
export type PairStats = Named<'sender' | 'recipient' | 'channel'>;
export type ChannelStats = Named<'channel'>;
export type PeriodStats = Named<'from'>;
export interface RefusalStats {
  readonly code: string | null;
  readonly alert: string | null;
  count: number;
}

interface Kept {
  readonly name: string | null;
  count: number;
}

export type Period = 'minute' | 'hour' | 'day';
const periodMs: Readonly<Record<Period, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export interface TrailSums {
  readonly events: number;
  /** Written twice because an acknowledgement was lost; counted once. */
  readonly repeated: number;
  readonly notEvents: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  readonly alerts: Readonly<Record<string, number>>;
  readonly kinds: Readonly<Record<string, number>>;
  readonly pairs: readonly PairStats[];
  readonly channels: readonly ChannelStats[];
  readonly refusals: readonly RefusalStats[];
  readonly periods: readonly PeriodStats[];
}

/** Of names that are kept apart; about 50 MB at the most. */
const maxPairs = 50_000;
const maxNames = 10_000;
/** So far back an event is looked for that was written twice. */
const maxRecent = 100_000;
const separator = '\0';

const noCounts = (): MessageCounts => ({
  sent: 0,
  acknowledged: 0,
  failed: 0,
  unknown: 0,
  received: 0,
  refused: 0,
  duplicates: 0,
  plaintext: 0,
  sentBytes: 0,
});

export class TrailStats {
  readonly #period: Period;
  readonly #pairs = new BoundedCounts<PairStats>(maxPairs, (name) => {
    const [sender = null, recipient = null, channel = null] = name?.split(separator) ?? [];
    return { sender, recipient, channel, ...noCounts() };
  });
  readonly #channels = new BoundedCounts<ChannelStats>(maxNames, (channel) => ({ channel, ...noCounts() }));
  readonly #periods = new BoundedCounts<PeriodStats>(maxNames, (from) => ({ from, ...noCounts() }));
  readonly #refusals = new BoundedCounts<RefusalStats>(maxNames, (name) => {
    const [code = null, alert = null] = name?.split(separator) ?? [];
    return { code, alert: alert === '' ? null : alert, count: 0 };
  });
  readonly #kinds = new BoundedCounts<Kept>(maxNames, counted);
  readonly #alerts = new BoundedCounts<Kept>(maxNames, counted);
  readonly #recent = new Set<string>();
  #events = 0;
  #repeated = 0;
  #notEvents = 0;
  #firstMs: number | null = null;
  #lastMs: number | null = null;

  constructor(period: Period) {
    this.#period = period;
  }

  /** @param entry `null` for what is no event */
  take(entry: TrailEntry | null): void {
    if (entry === null) {
      this.#notEvents++;
      return;
    }
    if (this.#isRepeat(entry)) {
      this.#repeated++;
      return;
    }
    this.#events++;
    const { timeMs, kind, alert } = entry;
    this.#firstMs = Math.min(timeMs, this.#firstMs ?? timeMs);
    this.#lastMs = Math.max(timeMs, this.#lastMs ?? timeMs);
    this.#kinds.of(kind).count++;
    if (alert !== null) this.#alerts.of(alert).count++;
    if (entry.code !== null && alert !== null)
      this.#refusals.of(`${entry.code}${separator}${alert}`).count += recordsOf(entry);
    else if (kind === 'message.rejected' || kind === 'connection.refused')
      this.#refusals.of(`${entry.code ?? ''}${separator}`).count += recordsOf(entry);
    if (kind.startsWith('message.')) this.#message(entry);
  }

  sums(): TrailSums {
    const busy = (a: MessageCounts, b: MessageCounts): number => volume(b) - volume(a);
    return {
      events: this.#events,
      repeated: this.#repeated,
      notEvents: this.#notEvents,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      alerts: byName(this.#alerts.all),
      kinds: byName(this.#kinds.all),
      pairs: [...this.#pairs.all.toSorted(busy), ...existing(this.#pairs.others)],
      channels: [...this.#channels.all.toSorted(busy), ...existing(this.#channels.others)],
      refusals: [
        ...this.#refusals.all.toSorted((a, b) => b.count - a.count),
        ...existing(this.#refusals.others),
      ],
      periods: [
        ...this.#periods.all.toSorted((a, b) => (a.from! < b.from! ? -1 : 1)),
        ...existing(this.#periods.others),
      ],
    };
  }

  #isRepeat({ chain, sequence }: TrailEntry): boolean {
    if (chain === null || sequence === null) return false;
    const name = `${chain}:${sequence}`;
    if (this.#recent.has(name)) return true;
    this.#recent.add(name);
    if (this.#recent.size > maxRecent) for (const oldest of this.#recent) return !this.#recent.delete(oldest);
    return false;
  }

  #message(entry: TrailEntry): void {
    const { sender, recipient, channel, unverified, timeMs } = entry;
    const name = [sender ?? '', recipient ?? '', channel ?? ''].join(separator);
    const at = Math.floor(timeMs / periodMs[this.#period]) * periodMs[this.#period];
    // What an unverified record claims makes no pair: whoever writes junk could fill the memory with names.
    for (const counts of [
      unverified ? this.#pairs.known(name) : this.#pairs.of(name),
      this.#channels.of(channel ?? ''),
      this.#periods.of(new Date(at).toISOString()),
    ])
      add(counts, entry);
  }
}

const counted = (name: string | null): Kept => ({
  name,
  count: 0,
});

const existing = <Counts>(others: Counts | null): Counts[] => (others === null ? [] : [others]);

const byName = (all: readonly Kept[]): Record<string, number> =>
  Object.fromEntries(all.map(({ name, count }) => [name ?? '', count]));

/** Messages at either end: what was sent here, or came from elsewhere. */
const volume = ({ sent, received, refused, duplicates }: MessageCounts): number =>
  Math.max(sent, received + refused + duplicates);

/** Refused records that lay in a row are one event. */
function recordsOf({ record }: TrailEntry): number {
  const count = record['rejected_count'];
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 1;
}

function add(counts: MessageCounts, entry: TrailEntry): void {
  const { kind, outcome, encryption, bytes } = entry;
  if (encryption === 'plaintext' && kind !== 'message.rejected') counts.plaintext++;
  switch (kind) {
    case 'message.sent':
      counts.sent++;
      if (outcome === 'acknowledged' || outcome === 'failed' || outcome === 'unknown') counts[outcome]++;
      if (bytes !== null && bytes >= 0) counts.sentBytes += bytes;
      break;
    case 'message.received':
      counts.received++;
      break;
    case 'message.rejected':
      counts.refused += recordsOf(entry);
      break;
    case 'message.duplicate':
      counts.duplicates++;
  }
}
