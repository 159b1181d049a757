// One process of the crash harness: an ordinary producer or consumer, that may be killed at any moment.
import kafkajs from 'kafkajs';
import { AuditTrails, openSealwire, openWithTrails } from 'sealwire';
import { Journal } from './journal.ts';
import { tapKafka } from './kafka-tap.ts';
import { consumeKafka, drainKafka, produceKafka } from './kafka-worker.ts';
import type { FromWorker, Start, ToWorker } from './messages.ts';
import { deafTo, mutate } from './mutations.ts';
import { tapRabbitmq } from './rabbitmq-tap.ts';
import { consumeRabbitmq, drainRabbitmq, publishRabbitmq } from './rabbitmq-worker.ts';

const start = JSON.parse(process.argv[2]!) as Start;
const journal = new Journal(start.journal);
journal.write({ t: 'born', pid: process.pid });
tapKafka(journal);
tapRabbitmq(journal);
// Nothing outlives the test.
process.once('disconnect', () => process.exit(0));

const stopping = new AbortController();
process.on('message', (message: ToWorker) => {
  if ('stop' in message) stopping.abort();
  else process.env['SEALWIRE_CRASH_AT'] = message.crashAt;
});

const ready = (): void => {
  const message: FromWorker = { ready: true };
  if (process.connected) process.send!(message);
};

const work = {
  'kafka-producer': produceKafka,
  'kafka-consumer': consumeKafka,
  'kafka-drainer': drainKafka,
  'rabbitmq-publisher': publishRabbitmq,
  'rabbitmq-consumer': consumeRabbitmq,
  'rabbitmq-drainer': drainRabbitmq,
}[start.role];

try {
  const { policy, agent, mutation } = start;
  const opened =
    mutation === 'deaf'
      ? await openWithTrails(policy, { agent }, async (parts) => deafTo(await AuditTrails.open(parts)))
      : await openSealwire(policy, { agent });
  const sealwire = mutation === null || mutation === 'deaf' ? opened : mutate(opened, mutation);
  await work({
    start,
    sealwire,
    journal,
    ready,
    stopping: stopping.signal,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  await sealwire.close();
  process.exit(0);
} catch (error) {
  journal.write({
    t: 'note',
    what: `failed: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
  });
  process.exit(1);
}
