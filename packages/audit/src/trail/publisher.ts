// Brings lines to every sink, and again until each has taken them.
import type { AuditBatch, AuditSink } from '@sealwire/core';

export interface PublisherOptions {
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** Is told of each failure. */
  readonly failed: (sink: string, error: unknown) => void;
}

/** Once it is closed. */
const lastRetryMs = 250;

/** A sink has a name, and may come later than what it is to be given: until then everything waits for it. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #names: readonly string[];
  /** Several clients of one process reach the same topic: where one fails, the next one is asked. */
  readonly #sinks = new Map<string, AuditSink[]>();
  /** From when on nothing is tried again. */
  #deadline = Infinity;
  readonly #pauses = new Set<() => void>();
  #failures = 0;

  constructor(names: readonly string[], options: PublisherOptions) {
    this.#names = names;
    this.#options = options;
  }

  /** Whether every sink is there. */
  get isReady(): boolean {
    return this.#names.every((name) => this.#sinks.has(name));
  }

  /** Writes that failed so far: of each, some may be there or come late. */
  get failures(): number {
    return this.#failures;
  }

  /** Of all sinks. */
  get packers(): string[] {
    const all = [...this.#sinks.values()].flat().map(({ packer }) => packer);
    return [...new Set(all)].filter((packer) => packer !== undefined);
  }

  add(name: string, sink: AuditSink): void {
    const sinks = this.#sinks.get(name);
    if (sinks === undefined) this.#sinks.set(name, [sink]);
    else if (!sinks.includes(sink)) sinks.push(sink);
  }

  /** From then on nothing is tried again; what waits for its next try has it now. */
  close(withinMs: number): void {
    this.#deadline = performance.now() + withinMs;
    for (const end of this.#pauses) end();
  }

  /** @returns whether every sink has all of it; otherwise it was closed meanwhile. Never rejects. */
  async publish(batch: AuditBatch): Promise<boolean> {
    const taken = await Promise.all(this.#names.map((name) => this.#write(name, batch)));
    return !taken.includes(false);
  }

  async #write(name: string, batch: AuditBatch): Promise<boolean> {
    const { firstRetryMs, maxRetryMs } = this.#options;
    const sinks = this.#sinks.get(name)!;
    for (let attempt = 0; ; attempt++) {
      try {
        await sinks[attempt % sinks.length]!.write(batch);
        return true;
      } catch (error) {
        this.#failures++;
        this.#options.failed(name, error);
        if (performance.now() >= this.#deadline) return false;
        const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(attempt, 20));
        await this.#pause(this.#deadline === Infinity ? delayMs : Math.min(delayMs, lastRetryMs));
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      this.#pauses.add(end);
    });
  }
}
