// What goes wrong during a run, and when: by the seed.
import { faultPoints } from '@sealwire/core';
import type { FaultProxy, Toxic } from '@sealwire/testing';
import { setTimeout as pause } from 'node:timers/promises';
import type { Child } from './child.ts';
import type { Chance } from './random.ts';

/** Waits, or not so long where it is aborted. */
export async function pauseUntil(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}

const isConsumer = ({ role }: Child): boolean => role.endsWith('consumer');

/** How many passings of a fault point are waited for at most: a message passes the first three alone, the others with many. */
const passings = (point: string): number => (/opened|handing|hand(l)?ed/.test(point) ? 8 : 3);

/**
 * More than half of the kills of consumers are at a fault point, the others at a random moment; consumers get three times
 * as many as senders. Who is not up is left alone, and who does not come to its fault point in time is killed where it is.
 */
export async function killChildren(
  children: readonly Child[],
  everyMs: number,
  chance: Chance,
  stopping: AbortSignal,
): Promise<void> {
  const armed = new Map<Child, { readonly life: unknown; readonly untilMs: number }>();
  const isArmed = (child: Child): boolean => armed.get(child)?.life === child.lives.at(-1);
  while (!stopping.aborted) {
    await pauseUntil(chance.between(0.5, 1.5) * everyMs, stopping);
    if (stopping.aborted) return;
    for (const [child, { untilMs }] of armed)
      if (!isArmed(child)) armed.delete(child);
      else if (Date.now() > untilMs) child.kill();
    const able = children.filter((child) => child.isReady && !isArmed(child));
    const [wanted, others] = [able.filter(isConsumer), able.filter((child) => !isConsumer(child))];
    const from = others.length === 0 || (wanted.length > 0 && chance.next() < 0.75) ? wanted : others;
    if (from.length === 0) continue;
    const child = chance.pick(from);
    if (!isConsumer(child) || chance.next() < 0.4) {
      child.kill();
      continue;
    }
    const transport = child.role.slice(0, child.role.indexOf('-'));
    const point = chance.pick(faultPoints.filter((name) => name.startsWith(`${transport}.`)));
    child.crashAt(point, 1 + Math.floor(chance.next() * passings(point)));
    armed.set(child, { life: child.lives.at(-1), untilMs: Date.now() + 3 * everyMs });
  }
}

function toxicOf(chance: Chance): Toxic | 'down' {
  const stream = chance.pick(['upstream', 'downstream'] as const);
  const toxicity = chance.pick([0.5, 1]);
  const common = { stream, toxicity };
  return chance.pick<Toxic | 'down'>([
    { type: 'latency', latency: 150, jitter: 100, ...common },
    { type: 'bandwidth', rate: 8, ...common },
    { type: 'slow_close', delay: 1_500, ...common },
    { type: 'timeout', timeout: 0, ...common },
    { type: 'timeout', timeout: 1_000, ...common },
    { type: 'reset_peer', timeout: 200, ...common },
    { type: 'slicer', average_size: 40, size_variation: 30, delay: 300, ...common },
    { type: 'limit_data', bytes: 6_000, ...common },
    'down',
  ]);
}

export class Counts {
  networkFaults = 0;
  brokerRestarts = 0;
  redisRestarts = 0;
  readonly byToxic = new Map<string, number>();
}

export async function troubleNetwork(
  proxy: FaultProxy,
  everyMs: number,
  chance: Chance,
  counts: Counts,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    await pauseUntil(chance.between(0.5, 1.5) * everyMs, stopping);
    if (stopping.aborted) break;
    const toxic = toxicOf(chance);
    const name = toxic === 'down' ? 'down' : toxic.type;
    if (toxic === 'down') proxy.down();
    else proxy.add(toxic);
    counts.networkFaults++;
    counts.byToxic.set(name, (counts.byToxic.get(name) ?? 0) + 1);
    await pauseUntil(chance.between(500, 5_000), stopping);
    proxy.heal();
  }
  proxy.heal();
}

export async function restartNowAndThen(
  restart: () => Promise<void>,
  everyMs: number,
  chance: Chance,
  stopping: AbortSignal,
  restarted: () => void,
): Promise<void> {
  while (!stopping.aborted) {
    await pauseUntil(chance.between(0.6, 1.4) * everyMs, stopping);
    if (stopping.aborted) return;
    await restart();
    restarted();
  }
}
