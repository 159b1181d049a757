// The RabbitMQ part of a run of the crash harness.
import { setTimeout as pause } from 'node:timers/promises';
import { accountAudit } from './account-audit.ts';
import { accountRabbitmq } from './account-rabbitmq.ts';
import { Counts } from './faults.ts';
import { RabbitmqAdversary } from './rabbitmq-adversary.ts';
import type { Chance } from './random.ts';
import { booksOf, emptySpools, most, until, type Run, type Side } from './side.ts';
import { takenFromRabbitmq } from './taken.ts';
import {
  rabbitmq as onRabbitmq,
  sharedLeaseMs,
  sharedQueues,
  writePolicyFor,
  type PolicyFacts,
} from './topology.ts';
import { trustOf } from './trail-trust.ts';

export async function rabbitmqSide(run: Run, facts: PolicyFacts, chance: Chance): Promise<Side> {
  const { childOf, journals, keepHistory, claims } = run;
  const policy = writePolicyFor(facts, 'rabbitmq');
  const adversary = new RabbitmqAdversary(chance);
  await adversary.open();
  const shared = sharedQueues(claims);
  const sharedPolicy = shared.length === 0 ? policy : writePolicyFor(facts, 'rabbitmq', true);
  const own = [
    ...onRabbitmq.queues.flatMap((queue, i) => {
      const start = { role: 'rabbitmq-consumer', agent: onRabbitmq.readers[i]!, queues: [queue] } as const;
      const name = `rabbitmq-consumer-${i + 1}`;
      return shared.includes(queue)
        ? ['a', 'b'].map((one) => childOf(`${name}${one}`, { ...start, policy: sharedPolicy }))
        : [childOf(name, { ...start, policy })];
    }),
    childOf('rabbitmq-publisher-1', { role: 'rabbitmq-publisher', agent: 'rosa', policy }),
    childOf('rabbitmq-publisher-2', { role: 'rabbitmq-publisher', agent: 'ruth', policy }),
  ];
  const empty = async (): Promise<boolean> => (await adversary.waiting(onRabbitmq.queues)) === 0;
  return {
    transport: 'rabbitmq',
    children: own,
    counts: new Counts(),
    attack: (everyMs, stopping) => adversary.attack(everyMs, stopping),
    drained: async () => {
      // What waits for the lease of a process that was killed is with another one, and not in a queue.
      if (shared.length > 0) await pause(sharedLeaseMs + 3_000);
      await until('the queues are empty', empty);
    },
    emptySpools: () =>
      emptySpools(
        run,
        'rabbitmq',
        ['quinn', 'clara', 'rosa', 'ruth'].map((agent) => ({ agent, policy })),
      ),
    account: async () => {
      await adversary.catchUp();
      const { points, notes, failedSends, handed, given, pids, ...books } = booksOf(
        own,
        journals,
        'rabbitmq-',
      );
      const { injected, outcomes, quarantine, recordHashes, arrived } = adversary;
      const trail = (await adversary.readTrail()).map((bytes, at) => ({ bytes, place: { line: at + 1 } }));
      const left = await adversary.waiting(onRabbitmq.queues);
      const history = { ...books, injected, outcomes, quarantine, recordHashes, left };
      keepHistory('rabbitmq', { ...history, handed, given, pids }, trail);
      const account = accountRabbitmq(history);
      const taken = takenFromRabbitmq(given, pids);
      const audit = accountAudit({ trail, handed, arrived, taken }, trustOf(facts));
      return {
        account,
        audit,
        more: { failedSends, points: Object.fromEntries(points), notes: most(notes) },
      };
    },
    close: () => adversary.close(),
  };
}
