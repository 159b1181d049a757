// One direction of a proxied connection: passes bytes on, through the toxics that hold at the moment.
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { slices, type Toxic } from './toxics.js';

/** What a link asks of its connection. */
export interface LinkContext {
  /** Those that touch this direction of this connection now. */
  readonly toxics: () => readonly Toxic[];
  readonly random: () => number;
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal;
  /** Ends both sides. */
  close(): void;
}

interface Arrival {
  readonly chunk: Buffer;
  readonly atMs: number;
}

/** Chunks that may wait in a link before it stops reading. */
const maxWaiting = 64;
/** How soon a toxic that was taken away is noticed by data that waits for it. */
const stepMs = 20;

export class FaultLink {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #context: LinkContext;
  #arrivals: Arrival[] = [];
  #passed = 0;
  #ended = false;
  #wake: (() => void) | null = null;

  constructor(source: Socket, target: Socket, context: LinkContext) {
    this.#source = source;
    this.#target = target;
    this.#context = context;
    source.on('data', (chunk: Buffer) => {
      this.#arrivals.push({ chunk, atMs: Date.now() });
      if (this.#arrivals.length >= maxWaiting) source.pause();
      this.#wake?.();
    });
    source.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
    context.gone.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  /** Settles when the direction has ended or the connection is gone. Never rejects. */
  async run(): Promise<void> {
    const { gone } = this.#context;
    try {
      while (!gone.aborted) {
        const arrival = this.#arrivals.shift();
        if (arrival === undefined) {
          if (this.#ended) break;
          await new Promise<void>((resolve) => (this.#wake = resolve));
          continue;
        }
        this.#source.resume();
        await this.#pass(arrival);
      }
      if (gone.aborted) return;
      const slow = this.#find('slow_close');
      if (slow !== undefined) await pause(slow.delay, undefined, { signal: gone });
      this.#target.end();
    } catch {
      // Gone while it waited.
    }
  }

  #find<Type extends Toxic['type']>(type: Type): Extract<Toxic, { type: Type }> | undefined {
    return this.#context.toxics().find((toxic) => toxic.type === type) as
      Extract<Toxic, { type: Type }> | undefined;
  }

  async #pass({ chunk, atMs }: Arrival): Promise<void> {
    const { gone, random } = this.#context;
    while (this.#find('timeout') !== undefined) await pause(stepMs, undefined, { signal: gone });
    const latency = this.#find('latency');
    if (latency !== undefined) {
      const wanted = latency.latency + (random() * 2 - 1) * (latency.jitter ?? 0);
      const leftMs = atMs + wanted - Date.now();
      if (leftMs > 0) await pause(leftMs, undefined, { signal: gone });
    }
    const slicer = this.#find('slicer');
    for (const piece of slicer === undefined ? [chunk] : slices(chunk, slicer, random)) {
      await this.#write(piece);
      if (slicer?.delay !== undefined) await pause(slicer.delay / 1000, undefined, { signal: gone });
    }
  }

  async #write(piece: Buffer): Promise<void> {
    const { gone } = this.#context;
    const bandwidth = this.#find('bandwidth');
    if (bandwidth !== undefined)
      await pause(piece.length / 1.024 / bandwidth.rate, undefined, { signal: gone });
    const limit = this.#find('limit_data');
    const left = limit === undefined ? piece.length : Math.max(0, limit.bytes - this.#passed);
    const allowed = piece.subarray(0, left);
    this.#passed += allowed.length;
    if (gone.aborted) return;
    if (allowed.length > 0 && !this.#target.write(allowed)) await this.#drained();
    if (limit !== undefined && this.#passed >= limit.bytes) this.#context.close();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#target.off('drain', done);
        this.#context.gone.removeEventListener('abort', done);
        resolve();
      };
      this.#target.once('drain', done);
      this.#context.gone.addEventListener('abort', done, { once: true });
    });
  }
}
