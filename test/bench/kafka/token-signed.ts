// Producing with signatures by a token beside signatures by keys in memory, batch by batch of 64.
import type { Sealwire } from '@sealwire/core';
import { secureKafka } from '@sealwire/kafka';
import { softToken } from '@sealwire/testing';
import kafkajs from 'kafkajs';
import { createTopics, fixture } from '../../fixture.ts';
import { openInMemory, topic, type InMemory } from '../envelope/in-memory.ts';
import type { Figures } from '../figures.ts';
import { tokenKeys } from '../keys/token-keys.ts';
import type { Payload } from '../payloads.ts';
import { saying, say } from '../progress.ts';
import { measure } from '../rounds.ts';
import { partitions } from './clients.ts';
import { Producing, sendsInFlight } from './produce.ts';

const batchSize = 64;

/**
 * Kafka’s part of the figures of keys.
 * @param connected whose connection to the broker is used; agent, keys and routes are those of pipelines in memory
 */
export async function measureTokenSigned(
  figures: Figures,
  connected: Sealwire,
  payloads: readonly Payload[],
  counts: { readonly rounds: number; readonly warmUps: number },
): Promise<void> {
  const token = await softToken(say);
  if (token === null) return;
  const inToken = await tokenKeys(token);
  try {
    await createTopics([topic], partitions);
    const producing = (name: string, pipeline: InMemory, synchronous: boolean): Producing => {
      const sealwire: Sealwire = { ...connected, synchronous, outlet: () => pipeline.newOutlet() };
      const { kafka: brokers } = fixture();
      const sender = secureKafka(sealwire, { brokers, logLevel: kafkajs.logLevel.NOTHING });
      return new Producing({ name, topic, sender, receiver: sender }, payloads, batchSize);
    };
    const variants = [
      producing('files', openInMemory(), true),
      producing('softhsm', openInMemory(undefined, undefined, inToken), false),
    ];
    for (const variant of variants) await variant.connect();
    const measured = await measure(variants, { ...counts, progress: saying('kafka, signed by a token') });
    for (const variant of variants) await variant.disconnect();
    figures.section('Kafka, produce with a token', [
      `Random values of 1 KiB, batches of ${batchSize}, ${sendsInFlight} sends in flight, ${partitions} partitions, without audit I/O.`,
      'files: keys in memory, read from files. softhsm: signing key in a SoftHSM2 token.',
    ]);
    figures.add('kafka.produce.1024.batch64.filesPerSecond', measured.perSecond('files'), 'messages');
    figures.add('kafka.produce.1024.batch64.softhsmPerSecond', measured.perSecond('softhsm'), 'messages');
    figures.add(
      'kafka.produce.1024.batch64.softhsm.ratio',
      measured.timesAsFast('softhsm', 'files'),
      'of the speed with files',
    );
  } finally {
    await inToken.keyStore.close();
    await token.remove();
  }
}
