// Sealing and opening in memory: time beside jose and beside the bare cryptography, and bytes.
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { measure, type Variant } from '../rounds.ts';
import { floorVariants } from './floor.ts';
import { openInMemory } from './in-memory.ts';
import { joseVariants } from './jose.ts';
import { overheadBytes } from './overhead.ts';
import { openVariant, sealVariant } from './seal-and-open.ts';

const sizes = [256, 1024, 4096];
const batchSize = 64;
const comparedSize = 1024;
/** Messages a round. */
const singles = 192;
const batched = 48 * batchSize;
const byJose = 2 * batchSize;

export async function measureEnvelope(figures: Figures, { quick }: Options): Promise<void> {
  const both = (name: string) => ({ seal: `${name}.seal`, open: `${name}.open` });
  // One for all, as an application has it: every other would have to be compiled and warmed up by itself.
  const pipeline = openInMemory();
  const variants: Variant[] = [
    ...floorVariants(comparedSize, batchSize, batched, both('floor')),
    ...(
      await Promise.all(sizes.map((bytes) => joseVariants(bytes, 1, byJose, both(`jose.${bytes}`))))
    ).flat(),
    ...(await joseVariants(comparedSize, batchSize, byJose, both('jose64'))),
    ...sizes.flatMap((bytes) => [
      sealVariant(pipeline, `seal.${bytes}.single`, bytes, 1, singles),
      openVariant(pipeline, `open.${bytes}.single`, bytes, 1, singles),
      sealVariant(pipeline, `seal.${bytes}.batch64`, bytes, batchSize, batched),
      openVariant(pipeline, `open.${bytes}.batch64`, bytes, batchSize, batched),
    ]),
  ];
  const rounds = quick ? 5 : 31;
  const measured = await measure(variants, { rounds, warmUps: quick ? 2 : 5, progress: saying('envelope') });

  figures.section('Seal and open, in memory', [
    `µs a message on one thread, through the facade: policy, freshness, sender, signature and audit room included.`,
    `Alone (single) and in batches of ${batchSize} to one partition; ${rounds} rounds, median and quartiles.`,
    `jose: ES256 in a compact JWS inside ECDH-ES+A256KW with A256GCM in a compact JWE, one message after another; batch64: ${batchSize} at once.`,
    `floor: the same cryptography by node:crypto in batches of ${batchSize} without any format around it.`,
  ]);
  for (const verb of ['seal', 'open']) {
    for (const bytes of sizes) {
      const ours = `${verb}.${bytes}`;
      const jose = `jose.${bytes}.${verb}`;
      for (const form of ['single', 'batch64'])
        figures.add(`${ours}.${form}.us`, measured.us(`${ours}.${form}`));
      figures.add(`jose.${ours}.us`, measured.us(jose), 'one message after another');
      for (const form of ['single', 'batch64'])
        figures.add(`${ours}.${form}.timesFasterThanJose`, measured.timesAsFast(`${ours}.${form}`, jose));
    }
    const ours = `${verb}.${comparedSize}`;
    figures.add(`floor.${ours}.batch64.us`, measured.us(`floor.${verb}`), 'bare cryptography');
    figures.add(
      `jose.${ours}.batch64.us`,
      measured.us(`jose64.${verb}`),
      `${batchSize} at once, in the thread pool`,
    );
    figures.add(
      `${ours}.batch64.timesFasterThanJose64AtOnce`,
      measured.timesAsFast(`${ours}.batch64`, `jose64.${verb}`),
      'one thread against all that jose gets',
    );
  }

  figures.section('Bytes beyond the payload', [
    'One recipient, no optional fields, names of 40 bytes together beyond the channel, a schema hash, 1 KiB payload.',
  ]);
  const single = overheadBytes(comparedSize, 1);
  const batch = overheadBytes(comparedSize, batchSize);
  figures.add('overhead.selfContained.single', single.median);
  figures.add('overhead.selfContained.batch64', batch.median, `median of a batch of ${batchSize}`);
  figures.add('overhead.selfContained.maxBatch64', batch.largest, 'the largest in it');
  const referring = overheadBytes(comparedSize, batchSize, 'sessions');
  figures.add('overhead.byReference.single', overheadBytes(comparedSize, 1, 'sessions').median);
  figures.add('overhead.byReference.batch64', referring.median, `median of a batch of ${batchSize}`);
  figures.add('overhead.byReference.maxBatch64', referring.largest, 'the largest in it');
}
