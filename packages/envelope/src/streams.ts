// Streams and their sequence numbers: one stream per destination partition or routing target (SPEC.md §6, E-15).
import type { Outgoing } from '@sealwire/core';
import { GenerationCache } from './generation-cache.js';

/** A stream of one instance; `next` only ever grows. */
export interface Stream {
  readonly number: number;
  next: number;
}

/**
 * Gives each target its stream. A target that was forgotten gets a new stream, never an old number: nonces stay unique
 * however many routing keys there are.
 */
export class Streams {
  #count = 0;
  readonly #byPartition = new Map<string, Stream[]>();
  readonly #byTarget = new GenerationCache<string, Stream>(10_000);
  readonly #first: number;

  /** @param first the sequence that every stream begins with */
  constructor(first = 0) {
    this.#first = first;
  }

  of({ destination, partition }: Outgoing): Stream {
    if (destination.transport === 'kafka') {
      let streams = this.#byPartition.get(destination.topic);
      if (streams === undefined) this.#byPartition.set(destination.topic, (streams = []));
      return (streams[partition ?? 0] ??= this.#open());
    }
    const target = `${destination.exchange.length}:${destination.exchange}${destination.routingKey}`;
    let stream = this.#byTarget.get(target);
    if (stream === undefined) this.#byTarget.set(target, (stream = this.#open()));
    return stream;
  }

  #open(): Stream {
    return { number: this.#count++, next: this.#first };
  }
}
