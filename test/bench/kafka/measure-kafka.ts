// Kafka: sealed clients beside bare ones, on random values and on the messages of agents.
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { agentMessages, cycled, randomPayloads, type Payload } from '../payloads.ts';
import { saying } from '../progress.ts';
import { measure, type Measured } from '../rounds.ts';
import { bareWay, partitions, sealedWays, type Way } from './clients.ts';
import { consuming, partitionsConsumedConcurrently } from './consume.ts';
import { batchSize, Producing, sendsInFlight } from './produce.ts';
import { sealedSizes } from './sealed-sizes.ts';
import { measureEverything } from './everything.ts';
import { measureTokenSigned } from './token-signed.ts';

const mebibyte = 1024 * 1024;
/** What sealed consumers have where the application does not say. */
const scaledFetch = { maxBytesPerPartition: 4 * mebibyte, maxBytes: 40 * mebibyte };

/** The ways that one kind of payload is carried. */
interface Ways {
  readonly bare: Way;
  readonly sameBytes: Way | null;
  readonly plain: Way;
  readonly audited: Way;
  readonly byReference: Way;
}

export async function measureKafka(figures: Figures, { quick }: Options): Promise<void> {
  const rounds = quick ? { rounds: 3, warmUps: 1 } : { rounds: 13, warmUps: 2 };
  const random = cycled(randomPayloads(2000, 1024), quick ? 4000 : 12_000).map((value): Payload => ({
    key: null,
    value,
  }));
  await measureKind(
    figures,
    '1024',
    'random values of 1 KiB, without keys',
    random,
    'application/octet-stream',
    {
      ...rounds,
      consumed: quick ? 12_000 : 60_000,
    },
  );
  await measureEverything(figures, { ...rounds, consumed: quick ? 12_000 : 60_000 });
  const real = agentMessages();
  await measureKind(
    figures,
    'agentMessages',
    `${real.length} messages of agents (median 278 bytes), keyed by conversation, checked to be JSON at both ends where sealed`,
    quick ? real : cycled(real, 2 * real.length),
    'application/json',
    { ...rounds, consumed: quick ? 12_000 : 60_000 },
  );
}

interface Scale {
  readonly rounds: number;
  readonly warmUps: number;
  /** Messages in the topic that is read. */
  readonly consumed: number;
}

async function measureKind(
  figures: Figures,
  kind: string,
  what: string,
  payloads: readonly Payload[],
  contentType: string,
  scale: Scale,
): Promise<void> {
  const sealed = await sealedWays(kind, contentType);
  try {
    const sameBytes = kind === '1024' ? await bareWay('sameBytes') : null;
    const ways: Ways = { bare: await bareWay('bare'), sameBytes, ...sealed };
    const enlarged = (count: number): Payload[] =>
      sealedSizes(sealed.sizing, sealed.plain.topic, cycled(payloads, count));
    await produce(figures, kind, what, ways, payloads, enlarged(payloads.length), scale);
    await consume(figures, kind, what, ways, scale);
    if (kind === '1024') await measureTokenSigned(figures, sealed.sizing, payloads, scale);
  } finally {
    await sealed.close();
  }
}

async function produce(
  figures: Figures,
  kind: string,
  what: string,
  ways: Ways,
  payloads: readonly Payload[],
  enlarged: readonly Payload[],
  { rounds, warmUps, consumed }: Scale,
): Promise<void> {
  const { bare, sameBytes, plain, audited, byReference } = ways;
  const producing = [bare, plain, audited, byReference].map((way) => new Producing(way, payloads));
  if (sameBytes !== null) producing.push(new Producing(sameBytes, enlarged));
  for (const each of producing) await each.connect();
  const progress = saying(`kafka, produce ${kind}`);
  const measured = await measure(producing, { rounds, warmUps, progress });
  // What the rounds have sent is what is read; a short run has to add to it.
  const missing = consumed - payloads.length * (rounds + warmUps);
  if (missing > 0) {
    for (const each of producing)
      await each.send(cycled(each.name === 'sameBytes' ? enlarged : payloads, missing));
  }
  for (const each of producing) await each.disconnect();

  const prefix = `kafka.produce.${kind}`;
  figures.section(`Kafka, produce: ${kind}`, [
    `${what}.`,
    `Batches of ${batchSize}, ${sendsInFlight} sends in flight, acks all, ${partitions} partitions, TLS 1.3 with client certificates, SCRAM-SHA-512.`,
    `${payloads.length} messages a round, ${rounds} rounds; ratios are to bare kafkajs, 1 is as fast. ratio and ratioSameBytes without audit I/O, auditedRatio as users get it.`,
  ]);
  addRates(figures, prefix, measured, names(ways));
  addRatios(figures, prefix, measured, ways);
}

async function consume(
  figures: Figures,
  kind: string,
  what: string,
  ways: Ways,
  { rounds, warmUps, consumed }: Scale,
): Promise<void> {
  const { bare, sameBytes, plain, audited, byReference } = ways;
  const variants = [
    consuming(bare, consumed),
    consuming(bare, consumed, scaledFetch, 'ScaledFetch'),
    consuming(plain, consumed),
    consuming(audited, consumed),
    consuming(byReference, consumed),
    ...(sameBytes === null
      ? []
      : [consuming(sameBytes, consumed), consuming(sameBytes, consumed, scaledFetch, 'ScaledFetch')]),
  ];
  const progress = saying(`kafka, consume ${kind}`);
  const measured = await measure(variants, { rounds, warmUps, progress });

  const prefix = `kafka.consume.${kind}`;
  figures.section(`Kafka, consume: ${kind}`, [
    `${what}.`,
    `eachBatch, partitionsConsumedConcurrently ${partitionsConsumedConcurrently}, ${partitions} partitions, at least ${consumed} messages a round from the first fetch on, ${rounds} rounds.`,
    'Fetch size a partition and in all: 4 and 40 MiB sealed, which is the adapter’s default; 1 and 10 MiB bare, which is kafkajs’. SameFetch: to bare with 4 and 40 MiB too.',
    'Ratios are to bare kafkajs, 1 is as fast. ratio and ratioSameBytes without audit I/O, auditedRatio as users get it.',
  ]);
  addRates(figures, prefix, measured, names(ways));
  addRatios(figures, prefix, measured, ways);
  figures.add(`${prefix}.ratioSameFetch`, measured.timesAsFast(plain.name, 'bareScaledFetch'));
  if (sameBytes !== null)
    figures.add(
      `${prefix}.ratioSameBytesSameFetch`,
      measured.timesAsFast(plain.name, 'sameBytesScaledFetch'),
    );
}

function names({ bare, sameBytes, plain, audited, byReference }: Ways): Map<string, string> {
  return new Map([
    ['bare', bare.name],
    ...(sameBytes === null ? [] : [['sameBytes', sameBytes.name] as const]),
    ['sealed', plain.name],
    ['audited', audited.name],
    ['byReference', byReference.name],
  ]);
}

function addRates(
  figures: Figures,
  prefix: string,
  measured: Measured,
  of: Iterable<readonly [string, string]>,
): void {
  for (const [label, name] of of) {
    figures.add(`${prefix}.${label}PerSecond`, measured.perSecond(name), 'messages');
    figures.add(
      `${prefix}.${label}MainThreadUs`,
      measured.mainThreadUs(name),
      'µs of the main thread a message',
    );
  }
}

function addRatios(
  figures: Figures,
  prefix: string,
  measured: Measured,
  { bare, sameBytes, plain, audited, byReference }: Ways,
): void {
  figures.add(`${prefix}.ratio`, measured.timesAsFast(plain.name, bare.name), 'without audit I/O');
  if (sameBytes !== null) {
    figures.add(
      `${prefix}.ratioSameBytes`,
      measured.timesAsFast(plain.name, sameBytes.name),
      'to bare with random values of sealed size',
    );
  }
  figures.add(
    `${prefix}.byReference.ratio`,
    measured.timesAsFast(byReference.name, bare.name),
    'as ratio, with sessions in a topic of their own',
  );
  figures.add(
    `${prefix}.auditedRatio`,
    measured.timesAsFast(audited.name, bare.name),
    'every message audited to its topic',
  );
}
