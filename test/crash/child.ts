// A worker as the harness sees it: killed, and started anew under another name, until the end.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FromWorker, Start, ToWorker } from './messages.ts';

export interface Life {
  readonly name: string;
  readonly startedAtMs: number;
  endedAtMs: number;
  /** `kill`: by the harness, at a random moment. `point`: by itself, at a fault point. `exit`: on its own. */
  end: 'kill' | 'point' | 'exit' | 'stopped' | null;
}

const ownFlags = [
  '--conditions=sealwire-faults',
  '--disable-warning=TimeoutNegativeWarning',
  '--disable-warning=ExperimentalWarning',
];

/** What all lives of a child have in common; each is named after `base`. */
export type ChildStart = Omit<Start, 'name' | 'journal'> & { readonly base: string };

export class Child {
  readonly lives: Life[] = [];
  readonly role: Start['role'];
  readonly #start: ChildStart;
  readonly #journals: string;
  #process: ChildProcess | null = null;
  #ready = false;
  #stopping = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(start: ChildStart, journals: string) {
    this.#start = start;
    this.#journals = journals;
    this.role = start.role;
  }

  get kills(): number {
    return this.lives.filter(({ end }) => end === 'kill' || end === 'point').length;
  }

  /** Whether it is up, and so worth killing. */
  get isReady(): boolean {
    return this.#ready;
  }

  start(): void {
    const { base, ...start } = this.#start;
    const life: Life = {
      name: `${base}.${this.lives.length}`,
      startedAtMs: Date.now(),
      endedAtMs: Infinity,
      end: null,
    };
    this.lives.push(life);
    const journal = join(this.#journals, `${life.name}.jsonl`);
    const child = fork(
      new URL('worker.ts', import.meta.url),
      [JSON.stringify({ ...start, name: life.name, journal } satisfies Start)],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        execArgv: ownFlags,
        env: { ...process.env, SEALWIRE_CRASH_LOG: journal },
      },
    );
    this.#process = child;
    this.#ready = false;
    child.on('message', (message: FromWorker) => (this.#ready = message.ready));
    child.on('error', () => undefined);
    this.#ended = once(child, 'exit').then(([, signal]) => {
      this.#ready = false;
      life.endedAtMs = Math.min(life.endedAtMs, Date.now());
      life.end ??= signal === 'SIGKILL' ? 'point' : this.#stopping ? 'stopped' : 'exit';
      if (this.#stopping) return;
      if (life.end === 'exit') void pause(500).then(() => this.#stopping || this.start());
      else this.start();
    });
  }

  /** `kill -9`, now. */
  kill(): void {
    const life = this.lives.at(-1)!;
    if (life.end !== null || this.#process === null) return;
    life.end = 'kill';
    life.endedAtMs = Date.now();
    this.#process.kill('SIGKILL');
  }

  /** It will end itself at the n-th passing of a fault point, if it passes there so often. */
  crashAt(point: string, n: number): void {
    this.#tell({ crashAt: `${point}:${n}` });
  }

  /** In peace, unless that takes too long. @returns whether it was in peace */
  async stop(): Promise<boolean> {
    this.#stopping = true;
    this.#tell({ crashAt: '' });
    this.#tell({ stop: true });
    const timer = setTimeout(() => this.#process?.kill('SIGKILL'), 30_000);
    await this.#ended;
    clearTimeout(timer);
    return this.lives.at(-1)!.end === 'stopped';
  }

  /** No more crashes at points. */
  disarm(): void {
    this.#tell({ crashAt: '' });
  }

  end(): void {
    this.#stopping = true;
    this.#process?.kill('SIGKILL');
  }

  #tell(message: ToWorker): void {
    if (this.#process?.connected === true) this.#process.send(message, () => undefined);
  }
}
