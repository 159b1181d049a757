// Random values as large as sealed ones, to tell the price of bytes from the price of sealing.
import { randomBytes } from 'node:crypto';
import type { Outgoing, Sealwire } from '@sealwire/core';
import { inBatches, type Payload } from '../payloads.ts';
import { partitions } from './clients.ts';
import { batchSize } from './produce.ts';

/** Seals the payloads as a producer would, spread over all partitions, and makes random values of the same sizes. */
export function sealedSizes(sealwire: Sealwire, topic: string, payloads: readonly Payload[]): Payload[] {
  const outlet = sealwire.outlet('kafka', { write: () => Promise.resolve() });
  return inBatches(payloads, batchSize).flatMap((batch) =>
    outlet
      .seal(batch.map(({ value }, i): Outgoing => outgoing(topic, value, i % partitions)))
      .map(({ value }): Payload => ({ key: null, value: randomBytes(value!.length) })),
  );
}

const outgoing = (topic: string, payload: Buffer, partition: number): Outgoing => ({
  destination: { transport: 'kafka', topic },
  payload,
  key: null,
  headers: [],
  partition,
  description: {},
});
