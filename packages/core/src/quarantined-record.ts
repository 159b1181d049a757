// A record as it lies in quarantine: the original again, and what was noted beside it.
import type { Source } from './address.js';
import type { HeaderField } from './header-field.js';
import type { Received } from './message.js';
import { originalName } from './quarantine-headers.js';

/** All of it is as its writer says: whoever may write to the quarantine can write anything. */
export interface QuarantinedRecord {
  /** As it was received, from where it was received. */
  readonly original: Received;
  readonly code: string;
  readonly reason: string | null;
  /** The agent that rejected it. */
  readonly rejectedBy: string;
  readonly rejectedAtMs: number;
  /** Lower-case hex; of the whole original, also where only its beginning was kept. */
  readonly recordHash: string;
  /** How many records it stands for, and at which offsets they lie; `null`: for itself. None of them was kept. */
  readonly range: { readonly count: number; readonly offsets: string } | null;
  /** Only the first 4 KiB were kept. */
  readonly shortened: boolean;
  /** The session that it refers to. */
  readonly session: Buffer | null;
  /** What the agent that rejected it signed; `null`: it can never be re-driven. */
  readonly evidence: Buffer | null;
}

/** Reads what lies in quarantine. @returns `null` where no adapter of ours wrote it */
export function quarantinedRecord(kept: Received): QuarantinedRecord | null {
  const text = (name: string): string | null => noted(kept, name)?.toString() ?? null;
  const time = (name: string): number | null => timeOf(text(name));
  const [code, rejectedBy, recordHash] = [text('code'), text('rejected-by'), text('record-hash')];
  const [rejectedAtMs, source] = [time('rejected-at'), sourceOf(text)];
  if (code === null || rejectedBy === null || rejectedAtMs === null || source === null) return null;
  if (!/^ERR_[A-Z_]{1,60}$/.test(code) || recordHash === null || !/^[0-9a-f]{64}$/.test(recordHash))
    return null;
  return {
    original: {
      source,
      value: kept.value,
      key: kept.key,
      headers: originalHeaders(kept.headers),
      appendedAtMs: time('appended-at'),
      receivedAtMs: time('received-at') ?? rejectedAtMs,
    },
    code,
    reason: text('reason'),
    rejectedBy,
    rejectedAtMs,
    recordHash,
    range: rangeOf(text('range-count'), text('range-offsets')),
    shortened: text('shortened') === 'true',
    session: noted(kept, 'session'),
    evidence: noted(kept, 'evidence'),
  };
}

function noted({ headers }: Received, name: string): Buffer | null {
  const values = headers.find((header) => header.name === `sealwire-${name}`)?.values;
  return values?.length === 1 ? values[0]! : null;
}

function originalHeaders(headers: readonly HeaderField[]): HeaderField[] {
  return headers.flatMap(({ name, values }) => {
    const original = originalName(name);
    return original === null ? [] : [{ name: original, values }];
  });
}

function rangeOf(count: string | null, offsets: string | null): QuarantinedRecord['range'] {
  if (count === null || offsets === null || !/^\d{1,9}$/.test(count) || !/^[\d,-]+$/.test(offsets))
    return null;
  return { count: Number(count), offsets };
}

function timeOf(text: string | null): number | null {
  const ms = text === null ? NaN : Date.parse(text);
  return Number.isFinite(ms) ? ms : null;
}

function sourceOf(text: (name: string) => string | null): Source | null {
  const transport = text('transport');
  if (transport === 'kafka') {
    const [topic, partition, offset] = [text('topic'), text('partition'), text('offset')];
    if (topic === null || partition === null || offset === null) return null;
    if (!/^\d{1,9}$/.test(partition) || !/^\d{1,18}$/.test(offset)) return null;
    return { transport, topic, partition: Number(partition), offset };
  }
  const queue = text('queue');
  if (transport !== 'rabbitmq' || queue === null) return null;
  const [exchange, routingKey] = [text('exchange') ?? '', text('routing-key') ?? ''];
  return { transport, queue, exchange, routingKey, deliveryTag: 0 };
}
