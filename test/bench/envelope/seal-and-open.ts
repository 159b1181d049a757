// Sealing and opening through the facade’s journeys, in batches of a size.
import { cycled, inBatches, randomPayloads } from '../payloads.ts';
import { timed, type Variant } from '../rounds.ts';
import { openInMemory, outgoing, receivedFrom } from './in-memory.ts';

/** Seals so many messages a round. */
export function sealVariant(name: string, bytes: number, batchSize: number, messages: number): Variant {
  const { outlet } = openInMemory();
  const batches = inBatches(cycled(randomPayloads(512, bytes), messages).map(outgoing), batchSize);
  return {
    name,
    run() {
      for (const batch of batches) outlet.seal(batch);
      return messages;
    },
  };
}

/** Opens so many messages a round, freshly sealed: nothing but the session and its data key is known from before. */
export function openVariant(name: string, bytes: number, batchSize: number, messages: number): Variant {
  const { outlet, inlet } = openInMemory();
  const batches = inBatches(cycled(randomPayloads(512, bytes), messages).map(outgoing), batchSize);
  return {
    name,
    run() {
      const received = batches.map((batch) => receivedFrom(outlet.seal(batch)));
      globalThis.gc?.();
      return timed(async () => {
        for (const batch of received) {
          const outcomes = await inlet.open(batch);
          const refused = outcomes.find(({ verified }) => !verified);
          if (refused !== undefined && !refused.verified) throw new Error(refused.reason);
        }
        return messages;
      });
    },
  };
}
