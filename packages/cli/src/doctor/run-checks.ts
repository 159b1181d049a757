// Runs checks, some at once, each within its time: whatever becomes of one, the others go on.
import { SealwireError } from '@sealwire/core';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { groups, rowsOf, type Row } from './row.js';

const atOnce = 6;
const defaultLimitMs = 30_000;

/**
 * Rows in the order of the groups, and within one in the order of its checks.
 * @param done is told after each check
 */
export async function runChecks(
  checks: readonly Check[],
  context: DoctorContext,
  done: (finished: number) => void = () => undefined,
): Promise<readonly Row[]> {
  const results = new Map<Check, readonly Row[]>();
  const waiting = [...checks];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      results.set(check, await rowsOfOne(check, context));
      done(results.size);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return groups.flatMap((group) =>
    checks.filter((check) => check.group === group).flatMap((check) => results.get(check) ?? []),
  );
}

async function rowsOfOne(check: Check, context: DoctorContext): Promise<readonly Row[]> {
  const { group, name, limitMs = defaultLimitMs } = check;
  const say = rowsOf(group, name);
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<readonly Row[]>((resolve) => {
    timer = setTimeout(
      () => resolve([say.unknown('', `no answer within ${limitMs / 1000} s`, 'Try again.')]),
      limitMs,
    );
  });
  try {
    return await Promise.race([Promise.resolve().then(() => check.run(context)), over]);
  } catch (error) {
    return [say.unknown('', reasonOf(error), 'See the other rows; once they are mended, try again.')];
  } finally {
    clearTimeout(timer);
  }
}

/** Sealwire’s own errors hold no secret; of others only the code is told. */
export function reasonOf(error: unknown): string {
  if (error instanceof SealwireError) return `${error.code}: ${error.message}`;
  const facts = (error ?? {}) as Readonly<Record<string, unknown>>;
  const reason = [facts['type'], facts['code'], facts['name']].find((one) => typeof one === 'string');
  return `it could not be looked at (${reason ?? 'unknown reason'})`;
}
