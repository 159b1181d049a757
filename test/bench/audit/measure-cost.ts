// What auditing every message costs: producing and consuming with the trail beside the same without one.
import type { OpenedSealwire } from 'sealwire';
import { secureKafka } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import { createTopics, fixture, fresh } from '../../fixture.ts';
import type { Figures } from '../figures.ts';
import { partitions, type Way } from '../kafka/clients.ts';
import { consuming } from '../kafka/consume.ts';
import { batchSize, Producing, sendsInFlight } from '../kafka/produce.ts';
import type { Options } from '../options.ts';
import { cycled, randomPayloads, type Payload } from '../payloads.ts';
import { saying } from '../progress.ts';
import { measure, spreadOf, timed, type Measured, type Timed, type Variant } from '../rounds.ts';
import { openEnds } from '../stand.ts';

export async function measureCost(figures: Figures, { quick }: Options): Promise<void> {
  const [on, off, audit] = ['bench', 'bench', 'audit'].map(fresh) as [string, string, string];
  await createTopics([on, off], partitions);
  await createTopics([audit, 'sealwire.quarantine']);
  const channels = { bench: { topics: [on, off], contentType: 'application/octet-stream' } };
  const audited = await openEnds({ channels, audit });
  const silent = await openEnds({ channels, audit }, { trails: false });
  const ways = [
    { name: 'on', topic: on, ends: audited },
    { name: 'off', topic: off, ends: silent },
  ].map(({ name, topic, ends }) => ({
    ends,
    way: { name, topic, sender: kafkaOf(ends.sender), receiver: kafkaOf(ends.receiver) } satisfies Way,
  }));
  try {
    const payloads = cycled(randomPayloads(2000, 1024), quick ? 12_000 : 24_000).map((value): Payload => ({
      key: null,
      value,
    }));
    const rounds = { rounds: quick ? 5 : 13, warmUps: 2 };
    const senders = ways.map(({ way }) => new Producing(way, payloads));
    for (const each of senders) await each.connect();
    const producing = senders.map((each, i) => new UntilPublished(each, ways[i]!.ends.sender));
    const produced = await measure(producing, { ...rounds, progress: saying('audit cost, produce') });
    for (const each of senders) await each.disconnect();
    const consumers = ways.map(
      ({ way, ends }) => new UntilPublished(consuming(way, payloads.length * 2), ends.receiver),
    );
    const consumed = await measure(consumers, { ...rounds, progress: saying('audit cost, consume') });
    figures.section('Audit on beside audit off', [
      `Random values of 1 KiB in batches of ${batchSize}, ${sendsInFlight} sends in flight, ${partitions} partitions, acks all; each message has one event at each end on the audit topic.`,
      'ratio: until every message is sent or handled and its event is safe in the spool, while the audit topic is written to; sustained: until the audit topic has acknowledged every event of the round too. Broker, application and audit share one machine.',
    ]);
    addFigures(figures, 'produce', produced, producing, rounds.warmUps);
    addFigures(figures, 'consume', consumed, consumers, rounds.warmUps);
  } finally {
    await audited.close();
    await silent.close();
  }
}

function addFigures(
  figures: Figures,
  name: string,
  measured: Measured,
  [on, off]: readonly UntilPublished[],
  warmUps: number,
): void {
  const prefix = `audit.cost.${name}`;
  for (const { name: way } of [on!, off!]) {
    figures.add(`${prefix}.${way}PerSecond`, measured.perSecond(way), 'messages, until published');
    figures.add(
      `${prefix}.${way}MainThreadUs`,
      measured.mainThreadUs(way),
      'µs of the main thread a message, until published',
    );
  }
  const ratios = on!.safeUs.map((us, round) => off!.safeUs[round]! / us).slice(warmUps);
  figures.add(`${prefix}.ratio`, spreadOf(ratios), 'until safe; 1: audit costs nothing');
  figures.add(`${prefix}.sustainedRatio`, measured.timesAsFast('on', 'off'), 'until published');
}

/** A variant, then waiting until nothing is in the spool any more; and how long it took without that, in µs a message. */
class UntilPublished implements Variant {
  readonly name: string;
  readonly safeUs: number[] = [];
  readonly #variant: Variant;
  readonly #sealwire: OpenedSealwire;

  constructor(variant: Variant, sealwire: OpenedSealwire) {
    this.name = variant.name;
    this.#variant = variant;
    this.#sealwire = sealwire;
  }

  async run(): Promise<Timed> {
    const safe = await timed(() => this.#variant.run());
    const rest = await timed(() => this.#published());
    this.safeUs.push((safe.wallMs * 1000) / safe.messages);
    return {
      messages: safe.messages,
      wallMs: safe.wallMs + rest.wallMs,
      mainThreadMs: safe.mainThreadMs + rest.mainThreadMs,
    };
  }

  async #published(): Promise<number> {
    const waiting = (): number =>
      this.#sealwire.auditStates().reduce((sum, { spooledEvents }) => sum + spooledEvents, 0);
    while (waiting() > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    return 1;
  }
}

const kafkaOf = (sealwire: OpenedSealwire): ReturnType<typeof secureKafka> =>
  secureKafka(sealwire, { clientId: 'bench', brokers: fixture().kafka, logLevel: kafkajs.logLevel.NOTHING });
