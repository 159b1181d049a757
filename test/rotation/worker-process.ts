// A worker as the test sees it.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { FromWorker, Start, ToWorker } from './messages.ts';

export class Worker {
  readonly agent: string;
  readonly #child: ChildProcess;
  readonly ready: Promise<void>;
  #ended = false;

  constructor(start: Start, take: (message: FromWorker, agent: string) => void) {
    this.agent = start.agent;
    this.#child = fork(new URL('worker.ts', import.meta.url), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'],
    });
    this.ready = new Promise((resolve, reject) => {
      this.#child.on('message', (message: FromWorker) => {
        if ('ready' in message) resolve();
        else take(message, start.agent);
      });
      this.#child.once('exit', (code) => {
        this.#ended = true;
        reject(new Error(`the process of ${start.agent} ended with ${String(code)}`));
      });
    });
    this.ready.catch(() => undefined);
    this.#tell({ start });
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    const exited = once(this.#child, 'exit');
    this.#tell({ stop: true });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
    await exited;
    clearTimeout(timer);
  }

  kill(): void {
    if (!this.#ended) this.#child.kill('SIGKILL');
  }

  #tell(message: ToWorker): void {
    this.#child.send(message);
  }
}
