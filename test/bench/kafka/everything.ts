// Consuming with everything on beside the same without a memory of replays and without validation.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ReplayLedger, ReplayRules, Sealwire } from '@sealwire/core';
import { secureKafka } from '@sealwire/kafka';
import avsc from 'avsc';
import kafkajs from 'kafkajs';
import { createTopics, fixture, fresh } from '../../fixture.ts';
import type { Figures } from '../figures.ts';
import { cycled } from '../payloads.ts';
import { saying } from '../progress.ts';
import { measure } from '../rounds.ts';
import { avroSchema, taskOf } from '../schema/measure-validation.ts';
import { openEnds } from '../stand.ts';
import { unaudited } from '../unaudited.ts';
import { partitions, type Way } from './clients.ts';
import { consuming } from './consume.ts';
import { batchSize, Producing } from './produce.ts';

export async function measureEverything(
  figures: Figures,
  counts: { readonly rounds: number; readonly warmUps: number; readonly consumed: number },
): Promise<void> {
  const payload = avsc.Type.forSchema(avroSchema as avsc.Schema).toBuffer(taskOf(12));
  const schema = join(mkdtempSync(join(dirname(fixture().folder), 'schema-')), 'task.avsc');
  writeFileSync(schema, JSON.stringify(avroSchema));
  const [held, free, audit] = ['bench', 'bench', 'audit'].map(fresh) as [string, string, string];
  await createTopics([held, free], partitions);
  await createTopics([audit, 'sealwire.quarantine']);
  const contentType = 'avro/binary';
  const channels = {
    everything: { topics: [held], contentType, schema },
    without: { topics: [free], contentType },
  };
  const ends = await openEnds({ channels, audit });
  const way = (name: string, topic: string, receiver: Sealwire): Way => {
    const kafka = (sealwire: Sealwire) =>
      secureKafka(sealwire, {
        clientId: 'bench',
        brokers: fixture().kafka,
        logLevel: kafkajs.logLevel.NOTHING,
      });
    return { name, topic, sender: kafka(unaudited(ends.sender)), receiver: kafka(receiver) };
  };
  const forgetting = (sealwire: Sealwire): Sealwire => ({ ...sealwire, replay: memoryless(sealwire.replay) });
  const ways = [
    way('everything', held, ends.receiver),
    way('without', free, forgetting(ends.receiver)),
    way('everything.unaudited', held, unaudited(ends.receiver)),
    way('without.unaudited', free, forgetting(unaudited(ends.receiver))),
  ];
  try {
    const payloads = cycled([{ key: null, value: payload }], counts.consumed);
    for (const each of ways.slice(0, 2)) {
      const producing = new Producing(each, payloads);
      await producing.connect();
      await producing.run();
      await producing.disconnect();
    }
    const measured = await measure(
      ways.map((each) => consuming(each, counts.consumed)),
      { ...counts, progress: saying('kafka, consume with everything') },
    );
    figures.section('Kafka, consume with everything on', [
      `Avro records of ${payload.length} bytes, sent in batches of ${batchSize}; everything: audit trail, replay memory, validation by the Avro schema with its constraints.`,
      `eachBatch, ${partitions} partitions, ${counts.consumed} messages a round, ${counts.rounds} rounds; ratios are to the same without replay memory and validation, 1 is as fast.`,
    ]);
    for (const { name } of ways)
      figures.add(`kafka.consume.1024.${name}PerSecond`, measured.perSecond(name), 'messages');
    figures.add('kafka.consume.1024.everythingRatio', measured.timesAsFast('everything', 'without'));
    figures.add(
      'kafka.consume.1024.everythingRatioUnaudited',
      measured.timesAsFast('everything.unaudited', 'without.unaudited'),
      'both without audit I/O',
    );
  } finally {
    await ends.close();
  }
}

/** Remembers and commits nothing. For measuring: who runs like this accepts replays. */
function memoryless(rules: ReplayRules): ReplayRules {
  return {
    onUnverifiable: rules.onUnverifiable,
    shortestMaxAgeMs: rules.shortestMaxAgeMs,
    window: (topic) => rules.window(topic),
    allowance: (...given) => rules.allowance(...given),
    ledger: () => new NoMemory(),
  };
}

class NoMemory implements ReplayLedger {
  readonly clockMs = 0;
  readonly base = 0;
  readonly since = 0;
  readonly allowedTo = 0;
  readonly windowMs = 0;
  position = 0;

  begin(): void {
    return;
  }
  liftsAge(): boolean {
    return false;
  }
  admit(): boolean {
    return false;
  }
  withdraw(): void {
    return;
  }
  load(offset: number): 'state' {
    this.position = offset;
    return 'state';
  }
  startAt(offset: number): void {
    this.position = offset;
  }
  note(): void {
    return;
  }
  passed(offset: number): void {
    this.position = offset;
  }
  doubt(): void {
    return;
  }
  metadataAt(): string {
    return '';
  }
  committed(): void {
    return;
  }
}
