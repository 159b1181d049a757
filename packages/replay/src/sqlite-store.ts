// The embedded claim store: one process, one file, a thread of its own.
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { InabilityError, UsageError, type Claim, type ClaimAnswer } from '@sealwire/core';
import { keptClaim } from './kept-claim.js';
import type { OpenedStore } from './opened-store.js';
import type { StoreAnswer, StoreRequest } from './sqlite-call.js';
import type { SqliteFile } from './sqlite-done-set.js';

// The built file, also where this one is run from its source by a test runner.
const program = new URL('../dist/sqlite-worker.js', import.meta.url);

/** Those open in this process, so that several clients share one. */
const open = new Map<string, { readonly store: Promise<SqliteStore>; users: number }>();

/**
 * Opens the file, or shares it with whoever has it open in this process.
 * @throws UsageError ERR_USAGE_REPLAY: another process has it, it is damaged, or it is none of ours; InabilityError
 * ERR_UNABLE_REPLAY
 */
export async function openSqliteStore(file: SqliteFile): Promise<OpenedStore> {
  const path = resolve(file.file);
  let shared = open.get(path);
  if (shared === undefined) {
    shared = { store: SqliteStore.open({ ...file, file: path }), users: 0 };
    open.set(path, shared);
  }
  const mine = shared;
  mine.users++;
  const leave = async (): Promise<void> => {
    if (--mine.users > 0) return;
    open.delete(path);
    await (await mine.store).close();
  };
  let store: SqliteStore;
  try {
    store = await mine.store;
  } catch (error) {
    if (open.get(path) === mine) open.delete(path);
    throw error;
  }
  let left = false;
  return {
    id: store.id,
    claim: (claims, leaseMs, nowMs) => store.claim(claims, leaseMs, nowMs),
    renew: (claims, leaseMs) => store.renew(claims, leaseMs),
    done: (claims, nowMs) => store.done(claims, nowMs),
    release: (claims) => store.release(claims),
    async close() {
      if (left) return;
      left = true;
      await leave();
    },
  };
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

class SqliteStore implements OpenedStore {
  id = '';
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;
  #ended: Error | null = null;

  private constructor(file: SqliteFile) {
    this.#worker = new Worker(program, {
      workerData: file,
      name: 'sealwire-replay',
      // Not the application’s: `--input-type` or a debugger’s would be in its way. SQLite is what is experimental.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    // Alive only while something is asked.
    this.#worker.unref();
    this.#worker.on('message', (answer: StoreAnswer) => this.#answered(answer));
    this.#worker.on('error', (error: unknown) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('its thread has ended')));
  }

  static async open(file: SqliteFile): Promise<SqliteStore> {
    const store = new SqliteStore(file);
    try {
      store.id = (await store.#ask({ name: 'open' })) as string;
    } catch (error) {
      await store.#worker.terminate();
      throw error;
    }
    return store;
  }

  claim(claims: readonly Claim[], leaseMs: number, nowMs: number): Promise<readonly ClaimAnswer[]> {
    return this.#ask({ name: 'claim', claims: claims.map(keptClaim), leaseMs, nowMs }) as never;
  }

  renew(claims: readonly Claim[], leaseMs: number): Promise<readonly boolean[]> {
    return this.#ask({ name: 'renew', claims: claims.map(keptClaim), leaseMs }) as never;
  }

  done(claims: readonly Claim[], nowMs: number): Promise<readonly boolean[]> {
    return this.#ask({ name: 'done', claims: claims.map(keptClaim), nowMs }) as never;
  }

  async release(claims: readonly Claim[]): Promise<void> {
    await this.#ask({ name: 'release', claims: claims.map(keptClaim) });
  }

  async close(): Promise<void> {
    if (this.#ended === null) await this.#ask({ name: 'close' }).catch(() => undefined);
    await this.#worker.terminate();
  }

  #ask(request: StoreRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended);
        return;
      }
      const number = ++this.#number;
      this.#waiting.set(number, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ ...request, number });
    });
  }

  #answered({ number, value, error }: StoreAnswer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(errorOf(error));
  }

  #end(cause: unknown): void {
    this.#ended ??= new InabilityError(
      'ERR_UNABLE_REPLAY',
      'The replay store has stopped; open a new Sealwire.',
      {},
      cause,
    );
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

function errorOf({ code, message, facts }: NonNullable<StoreAnswer['error']>): Error {
  return code === 'ERR_USAGE_REPLAY'
    ? new UsageError(code, message, facts)
    : new InabilityError(code === 'ERR_UNABLE_CLOCK' ? code : 'ERR_UNABLE_REPLAY', message, facts);
}
