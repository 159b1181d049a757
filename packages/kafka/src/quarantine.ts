// Keeps rejected records: their original bytes in the quarantine topic, with why and from where beside them.
import { keptName, quarantineHeaders, type Inlet, type Rejected } from '@sealwire/core';
import type { Message } from 'kafkajs';
import { addHeader } from './header-fields.js';
import type { OwnProducer } from './own-producer.js';

/** How much of a record is kept that does not fit as a whole. */
const keptBytes = 4096;
/** Of one produce call; a larger record goes alone. */
const batchBytes = 900_000;

/** Writes rejected records; a promise that resolves means: every one is kept by all in-sync replicas. */
export type Quarantine = (rejected: readonly Rejected[]) => Promise<void>;

/**
 * @param topic the policy’s quarantine topic
 * @param by the agent that rejected them
 * @param testify makes the evidence that is kept beside them
 */
export function quarantineTopic(
  topic: string,
  by: string,
  producer: Pick<OwnProducer, 'write'>,
  testify: Inlet['testify'],
): Quarantine {
  const write = (messages: readonly Message[]): Promise<void> =>
    producer.write(topic, messages, { compressed: false });
  const writeAlone = async (message: Message): Promise<void> => {
    try {
      await write([message]);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      // One record of the largest size must not stop a partition.
      await write([shortened(message)]);
    }
  };
  const writeTogether = async (messages: readonly Message[]): Promise<void> => {
    try {
      if (messages.length > 0) await write(messages);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (messages.length === 1) await write([shortened(messages[0]!)]);
      else for (const message of messages) await writeAlone(message);
    }
  };
  return async (rejected) => {
    let batch: Message[] = [];
    let bytes = 0;
    const evidence = await testify(rejected);
    for (const [i, each] of rejected.entries()) {
      // Over the policy's own limit: unread, and copied six times over by kafkajs' encoder if it were kept whole.
      if (each.code === 'ERR_FORMAT_SIZE' && each.range === undefined) {
        await write([shortened(quarantined(each, by, evidence[i] ?? null))]);
        continue;
      }
      const size = sizeOf(each);
      if (bytes + size > batchBytes) {
        await writeTogether(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(quarantined(each, by, evidence[i] ?? null));
      bytes += size;
    }
    await writeTogether(batch);
  };
}

/** Ours are the headers named `sealwire-…`; a record that brings such names has them renamed, not believed. */
function quarantined(rejected: Rejected, by: string, evidence: Buffer | null): Message {
  const { received } = rejected;
  const headers: Record<string, Buffer | Buffer[]> = {};
  for (const { name, values } of rejected.range === undefined ? received.headers : []) {
    addHeader(headers, { name: keptName(name), values });
  }
  for (const field of quarantineHeaders(rejected, by, Date.now(), evidence)) addHeader(headers, field);
  // Those that it stands for lie in their topic, and so does it.
  if (rejected.range !== undefined) return { key: null, value: Buffer.alloc(0), headers };
  return { key: received.key, value: received.value, headers };
}

/** Coordinates and hash are in the headers already. */
function shortened({ key, value, headers }: Message): Message {
  const own = Object.entries(headers ?? {}).filter(([name]) => name.startsWith('sealwire-'));
  const cut = (bytes: Message['key']): Buffer | null =>
    bytes === null || bytes === undefined ? null : Buffer.from(bytes).subarray(0, keptBytes);
  return {
    key: cut(key),
    value: cut(value),
    headers: { ...Object.fromEntries(own), 'sealwire-shortened': 'true' },
  };
}

function sizeOf({ received, session, range }: Rejected): number {
  if (range !== undefined) return 1024 + range.offsets.length;
  let bytes = 1024 + (session?.length ?? 0) + (received.value?.length ?? 0) + (received.key?.length ?? 0);
  for (const { name, values } of received.headers) {
    for (const value of values) bytes += 16 + name.length + value.length;
  }
  return bytes;
}

function isTooLarge(error: unknown): boolean {
  const { type } = error as { type?: unknown };
  return type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE';
}
