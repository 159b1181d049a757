// Sealing and opening through the facade’s journeys, in batches of a size.
import { isRejected } from '@sealwire/core';
import { cycled, inBatches, randomPayloads } from '../payloads.ts';
import { collectYoung, timed, type Variant } from '../rounds.ts';
import { outgoing, receivedFrom, type InMemory } from './in-memory.ts';

/** Seals so many messages a round. */
export function sealVariant(
  { outlet }: InMemory,
  name: string,
  bytes: number,
  batchSize: number,
  messages: number,
): Variant {
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
export function openVariant(
  { outlet, inlet }: InMemory,
  name: string,
  bytes: number,
  batchSize: number,
  messages: number,
): Variant {
  const batches = inBatches(cycled(randomPayloads(512, bytes), messages).map(outgoing), batchSize);
  return {
    name,
    run() {
      const received = batches.map((batch) => receivedFrom(outlet.seal(batch)));
      collectYoung();
      return timed(async () => {
        for (const batch of received) {
          const outcomes = await inlet.open(batch, null);
          const refused = outcomes.find(isRejected);
          if (refused !== undefined) throw new Error(refused.reason);
        }
        return messages;
      });
    },
  };
}
