// What a worker of the crash harness is given.
import type { logLevel } from 'kafkajs';
import type { Sealwire } from 'sealwire';
import type { Journal } from './journal.ts';
import type { Start } from './messages.ts';
import { setTimeout as pause } from 'node:timers/promises';

export interface Work {
  readonly start: Start;
  readonly sealwire: Sealwire;
  readonly journal: Journal;
  readonly ready: () => void;
  /** Aborted when it should end in peace. */
  readonly stopping: AbortSignal;
  readonly logLevel: logLevel;
}

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Resolves when all that was in the process’s audit spool is published, or it should end. */
export async function spoolIsEmpty({ sealwire, stopping }: Work): Promise<void> {
  while (!stopping.aborted) {
    const states = sealwire.auditStates();
    if (states.length > 0 && states.every(({ spooledEvents }) => spooledEvents === 0)) return;
    await pause(50);
  }
}

/** A payload of ordinary size, by which the message is known wherever it turns up. */
export const payload = (id: string): Buffer => Buffer.from(JSON.stringify({ id, text: 'x'.repeat(200) }));

export const idIn = (value: Buffer): string => (JSON.parse(value.toString()) as { id: string }).id;
