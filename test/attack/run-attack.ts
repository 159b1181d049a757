// Makes one move, and sees what became of it.
import { recordHash, type Received } from '@sealwire/core';
import type { Arena, Quarantined } from './arena.ts';
import type { Attack } from './attack.ts';
import type { Injection, Transport } from './wire-record.ts';

export interface AttackResult {
  readonly transport: Transport;
  readonly name: string;
  /** Every record of it is in quarantine as it was written, nothing of it reached the application, and the next honest message did. */
  readonly refused: boolean;
  /** The verdict, where it was one and the same on every record; otherwise `null`. */
  readonly code: string | null;
  /** Whether the verdict is the one to be expected. */
  readonly expected: boolean;
  /** What is to be known to judge this result. */
  readonly note?: string;
}

export async function runAttack(arena: Arena, attack: Attack): Promise<AttackResult> {
  const { transport } = arena;
  const { name, place = 'inbox' } = attack;
  const before = arena.quarantined.items.length;
  const intrudersBefore = arena.intruders().length;
  const { injections, notes } = await injected(arena, attack);
  const flows = await arena.honest(place);
  const count = injections.length;
  // What the application is handed of an attack, it is handed before the honest message behind it.
  const passed = arena.intruders().length > intrudersBefore;
  if (!passed) await arena.quarantined.until(({ length }) => length >= before + count);
  const kept = arena.quarantined.items.slice(before);
  const whole =
    kept.length === count && injections.every((injection) => kept.some((one) => isKept(injection, one)));
  const codes = new Set(kept.map(({ code }) => code));
  const [code = null] = codes.size === 1 ? codes : [];

  if (!flows) notes.push('the next honest message did not get through');
  if (passed) notes.push('the application was handed it');
  if (!whole) notes.push(`${kept.length} of ${count} records are in quarantine as they were written`);
  if (kept.some(({ shortened }) => shortened)) notes.push('quarantine keeps its first bytes');
  return {
    transport,
    name,
    refused: flows && !passed && whole,
    code,
    expected: code === attack.code,
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
  };
}

/** Writes what the broker takes of it. */
async function injected(
  arena: Arena,
  { name, make, lesser = [], place = 'inbox' }: Attack,
): Promise<{ injections: readonly Injection[]; notes: string[] }> {
  const notes: string[] = [];
  for (const form of [make, ...lesser]) {
    const injections = form(arena.scene).map((record) => ({ ...record, place }));
    const bytes = injections.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    const refusal = await arena.inject(injections);
    if (refusal === null) {
      if (notes.length > 0) notes.push(`${bytes} bytes it takes: refused by the receiver`);
      return { injections, notes };
    }
    notes.push(`the broker itself refuses ${bytes} bytes`);
  }
  throw new Error(`The broker takes no form of the attack ${name}.`);
}

/** Of a record that is too large to be kept, the start is compared; its hash names all of it. */
function isKept({ key, value }: Injection, kept: Quarantined): boolean {
  if (kept.recordHash !== recordHash({ key, value } as Received).toString('hex')) return false;
  if (kept.value === null || value === null) return kept.value === value;
  return kept.shortened
    ? kept.value.length > 0 && value.subarray(0, kept.value.length).equals(kept.value)
    : value.equals(kept.value);
}
