// What keys cost: signatures and unwraps by a token beside those in memory, and a message of a new session beside a known one.
import { isRejected, type Received } from '@sealwire/core';
import { softToken } from '@sealwire/testing';
import { openInMemory, outgoing, receivedFrom, type InMemory } from '../envelope/in-memory.ts';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { cycled, inBatches, randomPayloads } from '../payloads.ts';
import { saying, say } from '../progress.ts';
import { collectYoung, measure, timed, type Variant } from '../rounds.ts';
import { tokenKeys } from './token-keys.ts';

const bytes = 1024;
const batchSize = 64;
/** Sends under way at a time, as a producer has them that does not wait for each. */
const underWay = 4;
const roundBatches = 24;
const sessions = 64;

export async function measureKeys(figures: Figures, { quick }: Options): Promise<void> {
  const token = await softToken(say);
  const inToken = token === null ? null : await tokenKeys(token);
  try {
    const memory = openInMemory();
    const rounds = quick ? 5 : 31;
    const variants: Variant[] = [
      sealLaterVariant(memory, 'file', 1),
      sealLaterVariant(memory, 'file.pipelined', underWay),
      openingVariant(memory, 'open.cold', true),
      openingVariant(memory, 'open.warm', false),
    ];
    if (inToken !== null) {
      const pipeline = openInMemory(undefined, undefined, inToken);
      const root = Buffer.alloc(80, 7);
      variants.push(
        sealLaterVariant(pipeline, 'softhsm', 1),
        sealLaterVariant(pipeline, 'softhsm.pipelined', underWay),
        openingVariant(pipeline, 'open.softhsm.cold', true),
        {
          name: 'sign.softhsm',
          async run() {
            for (let i = 0; i < sessions; i++) await inToken.keyStore.signer.sign(root);
            return sessions;
          },
        },
      );
    }
    const measured = await measure(variants, { rounds, warmUps: quick ? 2 : 5, progress: saying('keys') });
    figures.section('Keys', [
      `${bytes}-byte messages in batches of ${batchSize}, in memory; ${rounds} rounds, median and quartiles.`,
      `cold: the first message of a session, whose data key is unwrapped; warm: a later one, alone, each with a signature of its own.`,
      `file: keys in memory, read from files. softhsm: keys in a SoftHSM2 token, one signature a tree of ${batchSize}.`,
      `pipelined: ${underWay} batches under way at a time.`,
    ]);
    figures.add('open.cold.us', measured.us('open.cold'));
    figures.add('open.warm.us', measured.us('open.warm'));
    figures.add('seal.file.1024.batch64.us', measured.us('file'));
    if (inToken === null) return;
    figures.add('open.softhsm.cold.us', measured.us('open.softhsm.cold'));
    figures.add('sign.softhsm.us', measured.us('sign.softhsm'), 'one signature, one at a time');
    figures.add('seal.softhsm.1024.batch64.us', measured.us('softhsm'));
    figures.add(
      'seal.softhsm.1024.batch64.ratio',
      measured.timesAsFast('softhsm', 'file'),
      'of the speed with files',
    );
    figures.add(
      'seal.softhsm.1024.batch64.pipelined.ratio',
      measured.timesAsFast('softhsm.pipelined', 'file.pipelined'),
      'of the speed with files',
    );
  } finally {
    await inToken?.keyStore.close();
    await token?.remove();
  }
}

function sealLaterVariant({ outlet }: InMemory, name: string, atATime: number): Variant {
  const messages = roundBatches * batchSize;
  const batches = inBatches(cycled(randomPayloads(512, bytes), messages).map(outgoing), batchSize);
  return {
    name,
    async run() {
      for (let i = 0; i < batches.length; i += atATime)
        await Promise.all(batches.slice(i, i + atATime).map((batch) => outlet.sealLater(batch)));
      return messages;
    },
  };
}

/** Messages of as many sessions, alone; `cold`: the first of each. */
function openingVariant({ newOutlet, inlet }: InMemory, name: string, cold: boolean): Variant {
  const [payload] = randomPayloads(1, bytes);
  return {
    name,
    async run() {
      const outlets = Array.from({ length: cold ? sessions : 1 }, newOutlet);
      const one = async (i: number) =>
        receivedFrom(await outlets[i % outlets.length]!.sealLater([outgoing(payload!)]));
      if (!cold) await inlet.open(await one(0), null);
      const received: Received[][] = [];
      for (let i = 0; i < sessions; i++) received.push(await one(i));
      collectYoung();
      return timed(async () => {
        for (const batch of received) {
          const [outcome] = await inlet.open(batch, null);
          if (isRejected(outcome!)) throw new Error(outcome.reason);
        }
        return sessions;
      });
    },
  };
}
