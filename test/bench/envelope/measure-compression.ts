// Compression inside the seal, over the real messages of agents: bytes and time.
import { isRejected, type Compression } from '@sealwire/core';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { agentMessages, inBatches } from '../payloads.ts';
import { saying } from '../progress.ts';
import { collectYoung, measure, timed, type Variant } from '../rounds.ts';
import { openInMemory, outgoing, receivedFrom, type InMemory } from './in-memory.ts';

const batchSize = 64;
const kinds: readonly (Compression | null)[] = [null, 'deflate', 'zstd'];
const nameOf = (kind: Compression | null): string => kind ?? 'none';

export async function measureCompression(figures: Figures, { quick }: Options): Promise<void> {
  const all = agentMessages().map(({ value }) => value);
  const payloads = all.slice(0, quick ? 640 : all.length);
  const batches = inBatches(payloads.map(outgoing), batchSize);
  const pipelines = new Map(
    kinds.map((kind) => [nameOf(kind), openInMemory(Buffer.alloc(0), 'sessions', null, kind)]),
  );
  const sealedBytes = (name: string): number =>
    batches
      .flatMap((batch) => pipelines.get(name)!.outlet.seal(batch))
      .reduce((sum, { value }) => sum + value!.length, 0);
  const payloadBytes = payloads.reduce((sum, { length }) => sum + length, 0);
  const plain = sealedBytes('none');

  const timing = kinds.flatMap((kind) => {
    // Self-contained: there is no topic here that sessions could be looked up in.
    const pipeline = openInMemory(Buffer.alloc(0), null, null, kind);
    return [sealing(pipeline, nameOf(kind), batches), opening(pipeline, nameOf(kind), batches)];
  });
  const measured = await measure(timing, {
    rounds: quick ? 3 : 9,
    warmUps: 1,
    progress: saying('compression'),
  });

  figures.section('Compression inside the seal', [
    `The ${payloads.length.toLocaleString('en')} messages of test/data (median 278 bytes), by reference, in batches of ${batchSize}.`,
    'ratio: of what the same messages take without compression, whole records; payloadRatio: the payloads alone.',
    'seal and open: µs a message on one thread; timesAsFast: beside the same without compression.',
  ]);
  for (const kind of ['deflate', 'zstd'] as const) {
    const bytes = sealedBytes(kind);
    figures.add(`compression.agentMessages.${kind}.ratio`, bytes / plain);
    figures.add(
      `compression.agentMessages.${kind}.payloadRatio`,
      (payloadBytes - (plain - bytes)) / payloadBytes,
    );
  }
  for (const verb of ['seal', 'open'])
    for (const kind of kinds) {
      const name = nameOf(kind);
      figures.add(`compression.agentMessages.${name}.${verb}.us`, measured.us(`${verb}.${name}`));
      if (kind !== null)
        figures.add(
          `compression.agentMessages.${name}.${verb}.timesAsFast`,
          measured.timesAsFast(`${verb}.${name}`, `${verb}.none`),
        );
    }
}

type Batches = readonly (readonly ReturnType<typeof outgoing>[])[];
const countOf = (batches: Batches): number => batches.reduce((sum, { length }) => sum + length, 0);

function sealing({ outlet }: InMemory, name: string, batches: Batches): Variant {
  return {
    name: `seal.${name}`,
    run() {
      for (const batch of batches) outlet.seal(batch);
      return countOf(batches);
    },
  };
}

function opening({ outlet, inlet }: InMemory, name: string, batches: Batches): Variant {
  return {
    name: `open.${name}`,
    run() {
      const received = batches.map((batch) => receivedFrom(outlet.seal(batch)));
      collectYoung();
      return timed(async () => {
        for (const batch of received)
          for (const outcome of await inlet.open(batch, null))
            if (isRejected(outcome)) throw new Error(outcome.reason);
        return countOf(batches);
      });
    },
  };
}
