// One transport's part of a run of the crash harness, and what it is made from.
import { setTimeout as pause } from 'node:timers/promises';
import type { Child } from './child.ts';
import { collect } from './collect.ts';
import type { Counts } from './faults.ts';
import type { Account } from './history.ts';
import { readJournals } from './journal.ts';
import type { Start } from './messages.ts';
import type { Transport } from './stand.ts';
import type { ClaimWay } from './topology.ts';

export interface Side {
  readonly transport: Transport;
  readonly children: readonly Child[];
  readonly counts: Counts;
  attack(everyMs: number, stopping: AbortSignal): Promise<void>;
  /** Settles when everything sent has been handled or refused. */
  drained(): Promise<void>;
  account(): Promise<{ readonly account: Account; readonly more: object }>;
  close(): Promise<void>;
}

/** What the run gives to its sides. */
export interface Run {
  childOf(base: string, start: Partial<Start> & Pick<Start, 'role' | 'agent' | 'policy'>): Child;
  /** Where the workers write. */
  readonly journals: string;
  /** Where it is to be kept. */
  keepHistory(transport: Transport, history: object): void;
  readonly claims: ClaimWay;
}

export function booksOf(own: readonly Child[], journals: string, prefix: string) {
  const lives = own.flatMap((child) => child.lives);
  return collect(readJournals(journals, prefix), lives);
}

/** The commonest notes. */
export const most = (notes: ReadonlyMap<string, number>): object =>
  Object.fromEntries([...notes].sort(([, a], [, b]) => b - a).slice(0, 10));

/** Several times in a row, for what is with a consumer does not show. */
export async function until(what: string, holdsNow: () => Promise<boolean>): Promise<void> {
  let inRow = 0;
  for (let waited = 0; inRow < 4; waited++) {
    if (waited > 400) {
      process.stderr.write(`gave up waiting until ${what}\n`);
      return;
    }
    inRow = (await holdsNow().catch(() => false)) ? inRow + 1 : 0;
    await pause(500);
  }
}
