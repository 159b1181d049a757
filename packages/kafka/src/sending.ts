// The way of one `send`: bytes, partition, seal, kafkajs, outcome.
import type { AuditEvent, Description, InClear, Outgoing, Outlet, Sealed } from '@sealwire/core';
import type { Logger, Message, ProducerBatch, RecordMetadata, TopicMessages } from 'kafkajs';
import { headersObject } from './header-fields.js';
import { InSequence, placeOf } from './in-sequence.js';
import type { Describe } from './options.js';
import { messageBytes, type MessageBytes } from './outgoing.js';
import { noSuchPartition, type PartitionChoice } from './partition-choice.js';
import { rounds, type PlacedRecord, type Round } from './rounds.js';
import type { SealLater } from './seal-later.js';
import { sendComplete, type BatchSender } from './send-complete.js';
import { sendOutcome } from './send-outcome.js';
import type { SessionWriter } from './session-writer.js';

const nothing: Description = {};
const slowAuditMs = 5000;
/** kafkajs’ own default. */
const sendTimeoutMs = 30_000;

type Outcome = 'acknowledged' | 'failed' | 'unknown';

/** Tells the audit what became of records, at once or when a transaction ends. Never rejects. */
export type Conclude = (
  sealed: readonly (Sealed | InClear)[],
  outcome: Outcome,
  facts: AuditEvent['facts'],
) => Promise<void>;

/** What the sends of one producer share. */
export interface SendingParts {
  readonly outlet: Outlet;
  /** Where the key store does not sign at once; `null` where it does. */
  readonly sealLater: SealLater | null;
  readonly partitions: PartitionChoice;
  readonly describe: Describe | undefined;
  readonly sessions: SessionWriter;
  readonly logger: Logger;
}

/** Sends batches of one producer: sealed, unless the policy only observes a channel. */
export class Sending {
  readonly #parts: SendingParts;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /**
   * Seals a whole call and sends it.
   * @param sender kafkajs’ producer or transaction
   * @returns kafkajs’ answer, unchanged
   * @throws UsageError for a message that cannot be carried, what `outlet.seal` throws (nothing was sent), or
   *   kafkajs’ own error, unchanged
   */
  async send(sender: BatchSender, batch: ProducerBatch, conclude: Conclude): Promise<RecordMetadata[]> {
    const groups = batch.topicMessages ?? [];
    // kafkajs refuses these itself, with its own errors; it must not see a message while it does.
    const odd = groups.find(({ topic, messages }) => !topic || !messages);
    if (odd !== undefined) return sender.sendBatch({ topicMessages: [withoutMessages(odd)] });
    const read = groups.map(({ topic, messages }) => messages.map((message) => messageBytes(message, topic)));
    if (read.every(({ length }) => length === 0)) {
      return sender.sendBatch({ ...batch, topicMessages: groups.map(withoutMessages) });
    }
    const unknown = groups.filter(({ topic }) => !this.#parts.partitions.isKnown(topic));
    for (const { topic } of unknown) await this.#parts.partitions.learn(topic);
    const chosen: number[][] = [];
    for (const group of groups) {
      const choices = group.messages.map((message) => this.#parts.partitions.choose(group.topic, message));
      chosen.push(choices.includes(null) ? await this.#learnAgain(group, choices) : (choices as number[]));
    }
    const outgoing = this.#describe(groups, read, chosen);
    const sealAndSend = (): Promise<RecordMetadata[]> =>
      this.#sealAndSend(sender, batch, outgoing, (ready) => placed(groups, chosen, ready), conclude);
    return sender instanceof InSequence ? sender.turn(placesOf(groups, chosen), sealAndSend) : sealAndSend();
  }

  async #sealAndSend(
    sender: BatchSender,
    batch: ProducerBatch,
    outgoing: readonly Outgoing[],
    place: (ready: readonly (Sealed | InClear)[]) => readonly PlacedRecord[],
    conclude: Conclude,
  ): Promise<RecordMetadata[]> {
    const { outlet, sealLater } = this.#parts;
    for (;;) {
      const inClear = outlet.inClear(outgoing);
      const toSeal = inClear === null ? outgoing : outgoing.filter((_, i) => inClear[i] === null);
      // A key store that signs at once costs no turn of the event loop.
      const sealed =
        toSeal.length === 0
          ? []
          : sealLater === null
            ? outlet.seal(toSeal)
            : await sealLater.seal(toSeal, batch.timeout ?? sendTimeoutMs);
      if (inClear !== null && !this.#keep(inClear, outgoing, sealed, conclude)) continue;
      const ready = inClear === null ? sealed : merged(inClear, sealed);
      return this.#sendReady(sender, batch, place(ready), conclude);
    }
  }

  /**
   * Has the audit keep what leaves in clear. Where it may not be sent, what was sealed beside it is not either, and that is
   * audited.
   * @returns false where some of it has to be sealed by now
   */
  #keep(
    inClear: readonly (InClear | null)[],
    outgoing: readonly Outgoing[],
    sealed: readonly Sealed[],
    conclude: Conclude,
  ): boolean {
    const { outlet, sealLater } = this.#parts;
    const unsent = (facts: AuditEvent['facts']): void => {
      if (sealed.length > 0) void conclude(sealed, 'failed', facts);
    };
    try {
      // While it was waited for the policy may have changed, or the time ended in which some may leave in clear.
      if (sealLater !== null && !stillInClear(inClear, outlet.inClear(outgoing))) {
        unsent({ error: 'PolicyChanged' });
        return false;
      }
      outlet.keep(inClear.filter((one) => one !== null));
      return true;
    } catch (error) {
      unsent(nameOf(error));
      throw error;
    }
  }

  /** Waits until the outcome is safe in the audit trail; says so in the log where that takes long or fails. */
  readonly concludeNow: Conclude = async (sealed, outcome, facts) => {
    const { outlet, logger } = this.#parts;
    const slow = setTimeout(() => {
      logger.warn('A send waits for its audit event: the audit topic does not take it', { outcome });
    }, slowAuditMs).unref();
    try {
      await outlet.conclude(sealed, outcome, facts);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error('The outcome of a send could not be audited', { outcome, reason });
    } finally {
      clearTimeout(slow);
    }
  };

  /** A partition that is not known may be new. */
  async #learnAgain(
    { topic, messages }: TopicMessages,
    choices: readonly (number | null)[],
  ): Promise<number[]> {
    await this.#parts.partitions.learn(topic);
    return choices.map((choice, i) => {
      const partition = choice ?? this.#parts.partitions.choose(topic, messages[i]!);
      if (partition === null) throw noSuchPartition(topic);
      return partition;
    });
  }

  #describe(
    groups: readonly TopicMessages[],
    read: readonly MessageBytes[][],
    chosen: readonly number[][],
  ): readonly Outgoing[] {
    const { describe } = this.#parts;
    const outgoing: Outgoing[] = [];
    groups.forEach(({ topic, messages }, g) => {
      const destination = { transport: 'kafka', topic } as const;
      messages.forEach((message, i) => {
        const { payload, key, headers } = read[g]![i]!;
        const partition = chosen[g]![i]!;
        const description =
          describe?.({ topic, key: message.key, value: message.value, headers: message.headers }) ?? nothing;
        outgoing.push({ destination, payload, key, headers, partition, description });
      });
    });
    return outgoing;
  }

  /** Before anything refers to them. Where that fails nothing was sent. */
  async #writeSessions(records: readonly PlacedRecord[], conclude: Conclude): Promise<void> {
    const { sessions } = this.#parts;
    const unwritten = sessions.unwritten(records);
    if (unwritten.length === 0) return;
    try {
      await sessions.write(unwritten);
    } catch (error) {
      const sealed = records.map((record) => record.sealed);
      void conclude(sealed, 'failed', nameOf(error));
      throw error;
    }
  }

  async #sendReady(
    sender: BatchSender,
    batch: ProducerBatch,
    records: readonly PlacedRecord[],
    conclude: Conclude,
  ): Promise<RecordMetadata[]> {
    await this.#writeSessions(records, conclude);
    const all = rounds(records, toMessage);
    const answers: RecordMetadata[] = [];
    for (const [i, round] of all.entries()) {
      try {
        const request = { ...batch, topicMessages: round.topicMessages };
        const answer = await sendComplete(sender, request, this.#parts.logger);
        await conclude(round.sealed, batch.acks === 0 ? 'unknown' : 'acknowledged', factsOf(answer));
        if (all.length === 1) return answer;
        answers.push(...answer);
      } catch (error) {
        for (const { topic } of round.topicMessages) this.#parts.partitions.doubt(topic);
        // Not awaited: what failed the send may keep the audit away too, and kafkajs’ users count on its time limits.
        void conclude(round.sealed, sendOutcome(error, partitionsOf(round)), nameOf(error));
        const rest = all.slice(i + 1).flatMap(({ sealed }) => sealed);
        if (rest.length > 0) void conclude(rest, 'failed', nameOf(error));
        throw error;
      }
    }
    return answers;
  }
}

const withoutMessages = ({ topic, messages }: TopicMessages): TopicMessages =>
  messages ? { topic, messages: [] } : { topic, messages };

const placesOf = (groups: readonly TopicMessages[], chosen: readonly number[][]): readonly string[] => [
  ...new Set(groups.flatMap(({ topic }, g) => chosen[g]!.map((partition) => placeOf(topic, partition)))),
];

const stillInClear = (
  before: readonly (InClear | null)[],
  now: readonly (InClear | null)[] | null,
): boolean => before.every((one, i) => one === null || (now?.[i] ?? null) !== null);

/** Each in its place again. */
function merged(
  inClear: readonly (InClear | null)[],
  sealed: readonly Sealed[],
): readonly (Sealed | InClear)[] {
  const next = sealed.values();
  return inClear.map((one) => one ?? next.next().value!);
}

function placed(
  groups: readonly TopicMessages[],
  chosen: readonly number[][],
  ready: readonly (Sealed | InClear)[],
): PlacedRecord[] {
  const next = ready.values();
  return groups.flatMap(({ topic, messages }, g) =>
    messages.map(({ timestamp }, i): PlacedRecord => ({
      topic,
      partition: chosen[g]![i]!,
      timestamp,
      sealed: next.next().value!,
    })),
  );
}

/** A fresh, extensible object: instrumentation adds its headers to it. */
function toMessage({ partition, timestamp, sealed }: PlacedRecord): Message {
  const { value, key, headers } = sealed;
  const message: Message = { key, value, partition, headers: headersObject(headers) };
  if (timestamp !== undefined) message.timestamp = timestamp;
  return message;
}

function partitionsOf({ topicMessages }: Round): number {
  return topicMessages.reduce(
    (sum, { messages }) => sum + new Set(messages.map(({ partition }) => partition)).size,
    0,
  );
}

function factsOf(answer: readonly RecordMetadata[]): AuditEvent['facts'] {
  const only = answer.length === 1 ? answer[0] : undefined;
  return only === undefined
    ? {}
    : { topic: only.topicName, partition: only.partition, baseOffset: only.baseOffset ?? null };
}

function nameOf(error: unknown): AuditEvent['facts'] {
  return { error: error instanceof Error ? error.name : 'unknown' };
}
