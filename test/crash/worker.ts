// One process of the crash harness: an ordinary producer or consumer, that may be killed at any moment.
import kafkajs from 'kafkajs';
import { openSealwire } from 'sealwire';
import { Journal } from './journal.ts';
import { consumeKafka, produceKafka } from './kafka-worker.ts';
import type { FromWorker, Start, ToWorker } from './messages.ts';
import { mutate } from './mutations.ts';
import { consumeRabbitmq, publishRabbitmq } from './rabbitmq-worker.ts';

const start = JSON.parse(process.argv[2]!) as Start;
const journal = new Journal(start.journal);
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
  'rabbitmq-publisher': publishRabbitmq,
  'rabbitmq-consumer': consumeRabbitmq,
}[start.role];

try {
  const opened = await openSealwire(start.policy, { agent: start.agent });
  const sealwire = start.mutation === null ? opened : mutate(opened, start.mutation);
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
