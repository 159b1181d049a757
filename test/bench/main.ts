// npm run bench: what Sealwire costs, against bare clients and against jose, in one run.
import { parseArgs } from 'node:util';
import { benchEnvelope } from './envelope-bench.ts';
import { agentLoad, benchKafka, randomLoad } from './kafka-bench.ts';
import { benchRabbitmq } from './rabbitmq-bench.ts';
import { Results } from './results.ts';
import { openStand } from './stand.ts';

const help = `npm run bench -- [options]

  --json           one flat JSON object on standard output; progress goes to standard error
  --only PART      envelope, kafka or rabbitmq
  --quick          fewer rounds and messages: shows that it works, not how fast
  --help

Medians of interleaved rounds. Ratios are wrapped / bare: 1 is as fast as without Sealwire.
  npm run bench -- --only envelope
  npm run bench -- --json > bench.json`;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    only: { type: 'string' },
    quick: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
if (values.only !== undefined && !['envelope', 'kafka', 'rabbitmq'].includes(values.only)) {
  console.error(`--only takes envelope, kafka or rabbitmq, not ${JSON.stringify(values.only)}.\n\n${help}`);
  process.exit(2);
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const wanted = (part: string): boolean => values.only === undefined || values.only === part;
const rounds = values.quick ? 2 : 7;
const messages = values.quick ? 4_000 : 20_000;
const results = new Results();

if (wanted('envelope')) await benchEnvelope(rounds, values.quick ? 640 : 6_400, results, say);
if (wanted('kafka') || wanted('rabbitmq')) {
  const stand = await openStand(say);
  try {
    if (wanted('kafka')) {
      await benchKafka(randomLoad(1024, messages), { rounds, messages }, results, say);
      await benchKafka(agentLoad(messages), { rounds, messages }, results, say);
      results.note(
        'kafka: batches of 500, 4 sends in flight, acks all, 6 partitions, no record key; consumed by eachBatch, one partition at a time',
      );
      results.note(
        'kafka: bare fetches 1 MiB a partition (its default), wrapped 2 MiB (its default); sameBytes is bare kafkajs carrying as many bytes as the sealed messages',
      );
    }
    if (wanted('rabbitmq')) {
      await benchRabbitmq(1024, { rounds, messages: messages / 2 }, results, say);
      results.note(
        'rabbitmq: persistent messages to a durable classic queue, 500 unconfirmed at most; consumed with prefetch 500, each acknowledged',
      );
    }
    results.note(
      'ratio: sealed and verified, events discarded; auditedRatio: as users get it, an event for each message acknowledged by the audit topic or exchange',
    );
  } finally {
    await stand.close();
  }
}
console.log(values.json ? results.json() : results.table());
process.exit(0);
