// Reads a topic that everybody has to know: as a group that nobody else is in, which commits nothing.
import { randomUUID } from 'node:crypto';
import { readerGroup } from '@sealwire/core';
import type { Admin, Consumer, ConsumerConfig, Kafka, Producer, ProducerConfig } from 'kafkajs';
import type { LazyClient } from './lazy-client.js';
import { leadersOf } from './leaders-of.js';
import { TopicReader, type TopicReaderParts } from './topic-reader.js';

/** kafkajs’ own clients, over connections that the policy decides: nothing is sealed or opened. */
export interface OwnClients extends Pick<Kafka, 'logger'> {
  /** The agent whose they are. */
  readonly agent: string;
  admin(): Admin;
  producer(config: ProducerConfig): Producer;
  consumer(config: ConsumerConfig): Consumer;
}

/** A fetch that finds nothing new is answered after this: how long a reader takes to go. */
export const readerWaitMs = 500;

/** @param admin tells of the topic */
export function ownReader(
  clients: OwnClients,
  what: 'sessions' | 'notices',
  admin: LazyClient<Admin>,
  parts: Pick<TopicReaderParts, 'topic' | 'take'>,
): TopicReader {
  return new TopicReader({
    ...parts,
    logger: clients.logger(),
    offsets: (topic) => admin.use((client) => client.fetchTopicOffsets(topic)),
    leaders: (topic) => admin.use((client) => leadersOf(client, topic)),
    consumer: () =>
      clients.consumer({
        // Another one each time: a consumer that failed may not be gone yet, and would keep the partitions.
        groupId: `${readerGroup(what, clients.agent)}${randomUUID()}`,
        readUncommitted: true,
        allowAutoTopicCreation: false,
        maxWaitTimeInMs: readerWaitMs,
        retry: { retries: 3, initialRetryTime: 100 },
      }),
  });
}
