// One transport's part of a run of the crash harness, and what it is made from.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AuditAccount, AuditHistory } from './account-audit.ts';
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
  /** When every process has ended: starts each once more, until no audit event waits in a spool. */
  emptySpools(): Promise<void>;
  account(): Promise<{ readonly account: Account; readonly audit: AuditAccount; readonly more: object }>;
  close(): Promise<void>;
}

/** What the run gives to its sides. */
export interface Run {
  childOf(base: string, start: Partial<Start> & Pick<Start, 'role' | 'agent' | 'policy'>): Child;
  /** Where the workers write. */
  readonly journals: string;
  /** Where it is to be kept. */
  keepHistory(transport: Transport, history: object, trail: AuditHistory['trail']): void;
  /** Agents’ folders. */
  readonly state: string;
  readonly claims: ClaimWay;
}

export function booksOf(own: readonly Child[], journals: string, prefix: string) {
  const lives = own.flatMap((child) => child.lives);
  return collect(readJournals(journals, prefix), lives);
}

/**
 * Each agent as many times as it has had processes at once: then each of them goes on with one of its spools. They end in
 * peace, so that a checkpoint covers all.
 */
export async function emptySpools(
  { childOf, state }: Run,
  transport: Transport,
  agents: readonly { readonly agent: string; readonly policy: string }[],
): Promise<void> {
  const own = agents.flatMap(({ agent, policy }) =>
    readdirSync(join(state, agent, 'audit', agent, transport)).map((spool) =>
      childOf(`${transport}-drainer-${agent}-${spool}`, { role: `${transport}-drainer`, agent, policy }),
    ),
  );
  for (const child of own) child.start();
  await until('every spool is empty', () => Promise.resolve(own.every(({ isReady }) => isReady)));
  const peaceful = await Promise.all(own.map((child) => child.stop()));
  if (!peaceful.every((one) => one)) process.stderr.write('a drainer had to be killed at the end\n');
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
