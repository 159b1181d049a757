// The clients that are compared: ordinary ones, and sealed ones with and without their audit topic.
import type { Sealwire } from '@sealwire/core';
import { secureKafka } from '@sealwire/kafka';
import kafkajs, { type Kafka } from 'kafkajs';
import { bareKafka, createTopics, fixture, fresh } from '../../fixture.ts';
import { openEnds, type Ends } from '../stand.ts';
import { unaudited } from '../unaudited.ts';

export const partitions = 6;

/** One way to carry messages, with a topic of its own. */
export interface Way {
  readonly name: string;
  readonly topic: string;
  readonly sender: Kafka;
  readonly receiver: Kafka;
}

/** Ordinary kafkajs over the same TLS 1.3, with client certificate and SCRAM-SHA-512. */
export async function bareWay(name: string): Promise<Way> {
  const topic = fresh('bench');
  await createTopics([topic], partitions);
  return { name, topic, sender: bareKafka(), receiver: bareKafka() };
}

export interface SealedWays {
  /** Audit events are made and lead nowhere. */
  readonly plain: Way;
  /** As users get it: each message is audited on the audit topic at both ends. */
  readonly audited: Way;
  /** As `plain`, but messages refer to their sessions, which lie in a topic of their own. */
  readonly byReference: Way;
  /** The sending end, to find out how large sealed messages are. */
  readonly sizing: Sealwire;
  close(): Promise<void>;
}

export async function sealedWays(name: string, contentType: string): Promise<SealedWays> {
  const [topic, auditedTopic, referringTopic, audit, sessions] = [
    'bench',
    'bench',
    'bench',
    'audit',
    'sessions',
  ].map(fresh) as [string, string, string, string, string];
  await createTopics([topic, auditedTopic, referringTopic], partitions);
  await createTopics([sessions], 1, { 'retention.ms': '-1' });
  await createTopics([audit, 'sealwire.quarantine']);
  const channels = {
    [name]: { topics: [topic], contentType },
    [`${name}-audited`]: { topics: [auditedTopic], contentType },
    [`${name}-by-reference`]: { topics: [referringTopic], contentType, sessionTopic: sessions },
  };
  const ends: Ends = await openEnds({ channels, audit });
  const kafka = (sealwire: Sealwire): Kafka =>
    secureKafka(sealwire, {
      clientId: 'bench',
      brokers: fixture().kafka,
      logLevel: kafkajs.logLevel.NOTHING,
    });
  const way = (suffix: string, of: string, through: (sealwire: Sealwire) => Sealwire): Way => ({
    name: `${name}.${suffix}`,
    topic: of,
    sender: kafka(through(ends.sender)),
    receiver: kafka(through(ends.receiver)),
  });
  return {
    plain: way('sealed', topic, unaudited),
    byReference: way('byReference', referringTopic, unaudited),
    audited: way('audited', auditedTopic, (sealwire) => sealwire),
    sizing: ends.sender,
    close: () => ends.close(),
  };
}
