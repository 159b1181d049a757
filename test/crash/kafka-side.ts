// The Kafka part of a run of the crash harness.
import { accountAudit } from './account-audit.ts';
import { accountKafka } from './account-kafka.ts';
import type { Child } from './child.ts';
import { Counts } from './faults.ts';
import { KafkaAdversary } from './kafka-adversary.ts';
import type { Chance } from './random.ts';
import { booksOf, emptySpools, most, until, type Run, type Side } from './side.ts';
import { takenFromKafka } from './taken.ts';
import { kafka as onKafka, writePolicyFor, type PolicyFacts } from './topology.ts';
import { trustOf } from './trail-trust.ts';

export async function kafkaSide(run: Run, facts: PolicyFacts, chance: Chance): Promise<Side> {
  const { childOf, journals, keepHistory } = run;
  const policy = writePolicyFor(facts, 'kafka');
  const adversary = new KafkaAdversary(chance);
  await adversary.open();
  const consumer = (name: string, batches: boolean): Child =>
    childOf(name, { role: 'kafka-consumer', agent: 'kate', policy, batches });
  const own = [
    consumer('kafka-consumer-1', false),
    consumer('kafka-consumer-2', false),
    consumer('kafka-consumer-3', true),
    childOf('kafka-producer-1', { role: 'kafka-producer', agent: 'alice', policy, keyed: true }),
    childOf('kafka-producer-2', { role: 'kafka-producer', agent: 'bob', policy }),
  ];
  return {
    transport: 'kafka',
    children: own,
    counts: new Counts(),
    attack: (everyMs, stopping) => adversary.attack(everyMs, stopping),
    drained: () =>
      until('the group has read everything', async () => (await adversary.lag(onKafka.group)) === 0),
    emptySpools: () =>
      emptySpools(
        run,
        'kafka',
        ['kate', 'alice', 'bob'].map((agent) => ({ agent, policy })),
      ),
    account: async () => {
      await adversary.catchUp();
      const { points, notes, failedSends, handed, pids, ...books } = booksOf(own, journals, 'kafka-');
      const { injected, outcomes, quarantine, log, trail, arrived } = adversary;
      const committed = await adversary.committed(onKafka.group);
      const history = { ...books, injected, outcomes, quarantine, log: [...log.values()] };
      keepHistory('kafka', { ...history, handed, pids, committed }, trail);
      const account = accountKafka(history);
      const taken = takenFromKafka({ ...books, pids, places: log.keys(), committed });
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
