// Finds the sealed message that events speak of, where it still lies or in a file, and takes it apart.
import { SealwireError, UsageError } from '@sealwire/core';
import type { MessageEvent } from '@sealwire/audit';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  messageHashOf,
  messageParts,
  readMessageParts,
  type KeptRecord,
  type MessageParts,
} from '@sealwire/envelope';
import { guardOf } from '../broker-record.js';
import { readRecords } from '../kept-record.js';
import { anySession, sessionTopicOf, wholeRecords } from '../whole-records.js';

/** The message, or why it is not there. */
export type FoundMessage = { readonly parts: MessageParts } | { readonly parts: null; readonly why: string };

/** What is read of a file is held in memory, one line at a time. */
const maxLineBytes = 64 * 1024 * 1024;
/** A sender’s event may name the first record of its batch only. */
const maxRecords = 10_000;

/** @throws UsageError ERR_USAGE_FILE, ERR_USAGE_ARGUMENT */
export async function messageInFile(file: string, messageHash: string): Promise<FoundMessage> {
  for await (const { record } of readRecords(file, {}, maxLineBytes)) {
    const parts = record === null ? null : partsOf(record, messageHash);
    if (parts !== null) return { parts };
  }
  return { parts: null, why: `${file} does not hold it, or not with its session.` };
}

/**
 * @param events that name a place in Kafka
 * @throws InabilityError ERR_UNABLE_CONNECTION, ERR_UNABLE_SESSIONS; UsageError where the policy’s connection does not fit
 */
export async function messageInTopic(
  events: readonly MessageEvent[],
  messageHash: string,
  options: { readonly policy?: string; readonly agent?: string; readonly brokers: string },
): Promise<FoundMessage> {
  // Receivers name their record exactly.
  const places = [...events].sort(
    (a, b) => Number(b.kind === 'message.received') - Number(a.kind === 'message.received'),
  );
  let why = 'no event names a place in Kafka.';
  for (const { place } of places) {
    const [topic, partition, offset] = [
      place['topic'],
      place['partition'],
      place['offset'] ?? place['baseOffset'],
    ];
    if (typeof topic !== 'string' || typeof partition !== 'number' || !/^\d{1,18}$/.test(String(offset)))
      continue;
    const parts = await lookUp({ topic, partition, from: BigInt(offset!) }, messageHash, options);
    if (parts !== null) return { parts };
    why = `it is not at ${topic}[${partition}]@${String(offset)} any more (retention, compaction), or its session is not known.`;
  }
  return { parts: null, why };
}

/** Ends the reading of a range. */
class EnoughRead extends Error {}

async function lookUp(
  at: { readonly topic: string; readonly partition: number; readonly from: bigint },
  messageHash: string,
  options: { readonly policy?: string; readonly agent?: string; readonly brokers: string },
): Promise<MessageParts | null> {
  const guard = guardOf(options, 'kafka');
  const sessions = sessionTopicOf(options.policy ?? 'sealwire.yaml', at.topic);
  let found: MessageParts | null = null;
  let read = 0;
  const { readRange } = await import('@sealwire/kafka');
  try {
    await readRange(guard, options.brokers.split(','), {
      range: { ...at, to: null },
      sessions: sessions === null ? null : { topic: sessions, rules: anySession },
      async take(records, find) {
        for (const whole of await wholeRecords(records.slice(0, maxRecords), find))
          found ??= whole === null ? null : partsOf(whole, messageHash);
        read += records.length;
        if (found !== null || read >= maxRecords) throw new EnoughRead();
      },
    });
  } catch (error) {
    const isGone = error instanceof UsageError && error.code === 'ERR_USAGE_RECORD';
    if (!(error instanceof EnoughRead) && !isGone) throw error;
  }
  return found;
}

/** `null` where it is another message, or none. */
function partsOf(record: KeptRecord, messageHash: string): MessageParts | null {
  try {
    const parts = messageParts(record, primitives);
    const { signature } = readMessageParts(parts, primitives);
    return messageHashOf(signature, primitives).toString('hex') === messageHash ? parts : null;
  } catch (error) {
    if (error instanceof SealwireError) return null;
    throw error;
  }
}
