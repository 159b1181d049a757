// The Kafka part of a run of the crash harness.
import { accountKafka } from './account-kafka.ts';
import type { Child } from './child.ts';
import { Counts } from './faults.ts';
import { KafkaAdversary } from './kafka-adversary.ts';
import type { Chance } from './random.ts';
import { booksOf, most, until, type Run, type Side } from './side.ts';
import { kafka as onKafka, writePolicyFor, type PolicyFacts } from './topology.ts';

export async function kafkaSide(
  { childOf, journals, keepHistory }: Run,
  facts: PolicyFacts,
  chance: Chance,
): Promise<Side> {
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
    account: async () => {
      await adversary.catchUp();
      const { points, notes, failedSends, ...books } = booksOf(own, journals, 'kafka-');
      const { injected, outcomes, quarantine, log } = adversary;
      const history = { ...books, injected, outcomes, quarantine, log: [...log.values()] };
      keepHistory('kafka', history);
      const account = accountKafka(history);
      return { account, more: { failedSends, points: Object.fromEntries(points), notes: most(notes) } };
    },
    close: () => adversary.close(),
  };
}
