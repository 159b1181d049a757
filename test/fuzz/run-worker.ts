// Runs the worker, and notices when it dies or when one input never ends.
import { Worker } from 'node:worker_threads';
import type { Counts, Finding } from './explore.ts';
import { say } from './progress.ts';
import type { Task } from './worker.ts';

export interface ParserResult {
  readonly target: string;
  readonly name: string;
  readonly parsers: number;
  readonly counts: Counts;
  readonly findings: readonly Finding[];
  /** Inputs that did something new, hexadecimal. */
  readonly found: readonly string[];
}

export interface WorkerResult {
  readonly results: readonly ParserResult[];
  /** The input that the worker died of or never came back from. */
  readonly fatal: {
    readonly kind: 'death' | 'hang';
    readonly parser: string;
    readonly hex: string;
    readonly what: string;
  } | null;
}

const tickMs = 5_000;
/** So many ticks on one input are a hang. */
const patience = 12;

export function runWorker(task: Omit<Task, 'current'>): Promise<WorkerResult> {
  const current = new SharedArrayBuffer(12 + 2 ** 20);
  const numbers = new Int32Array(current, 0, 3);
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { ...task, current } satisfies Task,
    resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 },
  });
  let resolve: (result: WorkerResult) => void;
  const promise = new Promise<WorkerResult>((settle) => (resolve = settle));
  let names: readonly string[] = [];
  let newSchema = '?';
  const fatal = (kind: 'death' | 'hang', what: string): void => {
    const hex = Buffer.from(current, 12, Math.min(numbers[2]!, 8192)).toString('hex');
    resolve({ results: [], fatal: { kind, parser: names[numbers[1]!] ?? newSchema, hex, what } });
  };
  let last = -1;
  let still = 0;
  const watch = setInterval(() => {
    const now = Atomics.load(numbers, 0);
    still = now === last ? still + 1 : 0;
    last = now;
    if (still === 0) say(`${String(now >>> 0)} cases`);
    if (still >= patience) fatal('hang', `no end within ${String((patience * tickMs) / 1000)} s`);
  }, tickMs);
  worker.on('message', (message: { parsers?: string[]; newSchema?: string; results?: ParserResult[] }) => {
    if (message.parsers !== undefined) names = message.parsers;
    if (message.newSchema !== undefined) newSchema = message.newSchema;
    if (message.results !== undefined) resolve({ results: message.results, fatal: null });
  });
  worker.on('error', (error) => fatal('death', String(error)));
  return promise.finally(() => {
    clearInterval(watch);
    return worker.terminate();
  });
}
