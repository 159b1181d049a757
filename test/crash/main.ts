// npm run test:crash: processes and brokers are killed, connections cut and old records appended again; then the books must balance.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { accountKafka } from './account-kafka.ts';
import { accountRabbitmq } from './account-rabbitmq.ts';
import { Child } from './child.ts';
import { collect } from './collect.ts';
import { Counts, killChildren, pauseUntil, restartBroker, troubleNetwork } from './faults.ts';
import { holds, type Account } from './history.ts';
import { readJournals } from './journal.ts';
import { KafkaAdversary } from './kafka-adversary.ts';
import type { Start } from './messages.ts';
import { mutations, type Mutation } from './mutations.ts';
import { RabbitmqAdversary } from './rabbitmq-adversary.ts';
import { Chance } from './random.ts';
import { Stand, type Transport } from './stand.ts';
import { kafka as onKafka, rabbitmq as onRabbitmq, writePolicyFor, type PolicyFacts } from './topology.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string' },
    transport: { type: 'string', default: 'both' },
    /** Seconds between kills, over all transports. */
    kills: { type: 'string', default: '2.5' },
    /** Seconds between restarts of each broker. */
    restarts: { type: 'string', default: '40' },
    /** Messages a second of each sender. */
    rate: { type: 'string', default: '10' },
    /** A wrong replay guard, which must be found: see mutations.ts. */
    mutation: { type: 'string' },
    /** Leaves the folder of journals. */
    keep: { type: 'boolean', default: false },
  },
});
const [minutes, killsS, restartsS, rate] = [
  options.minutes,
  options.kills,
  options.restarts,
  options.rate,
].map(Number) as [number, number, number, number];
const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(options.seed);
const mutation = (options.mutation ?? null) as Mutation | null;
if (mutation !== null && !mutations.includes(mutation))
  throw new Error(`--mutation: ${mutations.join(', ')}`);
const transports: Transport[] =
  options.transport === 'both' ? ['kafka', 'rabbitmq'] : [options.transport as Transport];
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const stand = new Stand();
const children: Child[] = [];
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    interrupted = true;
    for (const child of children) child.end();
    void stand.close(options.keep).finally(() => process.exit(1));
  });

/** One transport's part of a run. */
interface Side {
  readonly transport: Transport;
  readonly children: readonly Child[];
  readonly counts: Counts;
  attack(everyMs: number, stopping: AbortSignal): Promise<void>;
  /** Settles when everything sent has been handled or refused. */
  drained(): Promise<void>;
  account(): Promise<{ readonly account: Account; readonly more: object }>;
  close(): Promise<void>;
}

function childOf(base: string, start: Partial<Start> & Pick<Start, 'role' | 'agent' | 'policy'>): Child {
  const child = new Child(
    {
      base,
      kafka: `localhost:${stand.proxies.kafka?.port ?? 0}`,
      rabbitmq: `amqps://localhost:${stand.proxies.rabbitmq?.port ?? 0}`,
      rate,
      keyed: false,
      batches: false,
      queues: [],
      mutation,
      ...start,
    },
    stand.journals,
  );
  children.push(child);
  return child;
}

function booksOf(own: readonly Child[], prefix: string) {
  const lives = own.flatMap((child) => child.lives);
  return collect(readJournals(stand.journals, prefix), lives);
}

async function kafkaSide(facts: PolicyFacts, chance: Chance): Promise<Side> {
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
      const { points, notes, failedSends, ...books } = booksOf(own, 'kafka-');
      const { injected, outcomes, quarantine, log } = adversary;
      const history = { ...books, injected, outcomes, quarantine, log: [...log.values()] };
      keepHistory('kafka', history);
      const account = accountKafka(history);
      return { account, more: { failedSends, points: Object.fromEntries(points), notes: most(notes) } };
    },
    close: () => adversary.close(),
  };
}

async function rabbitmqSide(facts: PolicyFacts, chance: Chance): Promise<Side> {
  const policy = writePolicyFor(facts, 'rabbitmq');
  const adversary = new RabbitmqAdversary(chance);
  await adversary.open();
  const [quorum, classic] = onRabbitmq.queues as [string, string];
  const own = [
    childOf('rabbitmq-consumer-1', { role: 'rabbitmq-consumer', agent: 'quinn', policy, queues: [quorum] }),
    childOf('rabbitmq-consumer-2', { role: 'rabbitmq-consumer', agent: 'clara', policy, queues: [classic] }),
    childOf('rabbitmq-publisher-1', { role: 'rabbitmq-publisher', agent: 'rosa', policy }),
    childOf('rabbitmq-publisher-2', { role: 'rabbitmq-publisher', agent: 'ruth', policy }),
  ];
  const empty = async (): Promise<boolean> => (await adversary.waiting(onRabbitmq.queues)) === 0;
  return {
    transport: 'rabbitmq',
    children: own,
    counts: new Counts(),
    attack: (everyMs, stopping) => adversary.attack(everyMs, stopping),
    drained: () => until('the queues are empty', empty),
    account: async () => {
      await adversary.catchUp();
      const { points, notes, failedSends, ...books } = booksOf(own, 'rabbitmq-');
      const { injected, outcomes, quarantine, recordHashes } = adversary;
      const left = await adversary.waiting(onRabbitmq.queues);
      const history = { ...books, injected, outcomes, quarantine, recordHashes, left };
      keepHistory('rabbitmq', history);
      const account = accountRabbitmq(history);
      return { account, more: { failedSends, points: Object.fromEntries(points), notes: most(notes) } };
    },
    close: () => adversary.close(),
  };
}

/** So that the books can be done again. Sets and maps as lists. */
function keepHistory(transport: Transport, history: object): void {
  if (!options.keep) return;
  const asList = (_: string, value: unknown): unknown =>
    value instanceof Set || value instanceof Map ? [...(value as Iterable<unknown>)] : value;
  writeFileSync(join(stand.root, `history-${transport}.json`), JSON.stringify(history, asList));
}

const most = (notes: ReadonlyMap<string, number>): object =>
  Object.fromEntries([...notes].sort(([, a], [, b]) => b - a).slice(0, 10));

/** Several times in a row, for what is with a consumer does not show. */
async function until(what: string, holdsNow: () => Promise<boolean>): Promise<void> {
  let inRow = 0;
  for (let waited = 0; inRow < 4; waited++) {
    if (waited > 400) {
      say(`gave up waiting until ${what}`);
      return;
    }
    inRow = (await holdsNow().catch(() => false)) ? inRow + 1 : 0;
    await pause(500);
  }
}

let status = 1;
let report: object = {};
try {
  say(`seed ${seed}; starting brokers …`);
  const chance = new Chance(seed);
  const facts = await stand.open(transports, chance);
  const sides: Side[] = [];
  for (const transport of transports)
    sides.push(await (transport === 'kafka' ? kafkaSide(facts, chance) : rabbitmqSide(facts, chance)));
  for (const child of children) child.start();
  for (let waited = 0; !children.every(({ isReady }) => isReady); waited++) {
    if (waited > 600) throw new Error('the workers did not start');
    await pause(100);
  }

  const beganAt = Date.now();
  const attacking = new AbortController();
  const faulting = new AbortController();
  const attacks = sides.map((side) => side.attack(1_000 / (0.4 * rate), attacking.signal));
  const faults = [
    killChildren(children, killsS * 1000, chance, faulting.signal),
    ...sides.flatMap(({ transport, counts }) => [
      troubleNetwork(stand.proxies[transport]!, 12_000, chance, counts, faulting.signal),
      restartBroker(
        transport,
        (which) => stand.restart(which),
        restartsS * 1000,
        chance,
        counts,
        faulting.signal,
      ),
    ]),
  ];
  const kills = (own: readonly Child[]): number => own.reduce((sum, child) => sum + child.kills, 0);
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - beganAt) / 1000);
    const each = sides.map(
      ({ transport, children: own, counts }) =>
        `${transport}: ${kills(own)} kills, ${counts.brokerRestarts} restarts, ${counts.networkFaults} network faults`,
    );
    say(`${seconds} s: ${each.join('; ')}`);
  }, 15_000);
  await pauseUntil(minutes * 60_000, faulting.signal);
  clearInterval(progress);

  say('no more faults; draining …');
  faulting.abort();
  await Promise.all(faults);
  for (const child of children) child.disarm();
  attacking.abort();
  await Promise.all(attacks);
  const isSender = ({ role }: Child): boolean => !role.endsWith('consumer');
  await Promise.all(children.filter(isSender).map((child) => child.stop()));
  await Promise.all(sides.map((side) => side.drained()));
  const peaceful = await Promise.all(
    children.filter((child) => !isSender(child)).map((child) => child.stop()),
  );
  if (!peaceful.every((one) => one)) say('a consumer had to be killed at the end');

  say('accounting …');
  const transportsReport: Record<string, object> = {};
  let good = true;
  for (const { transport, children: own, counts, account } of sides) {
    const { account: books, more } = await account();
    good &&= holds(books);
    const { problems, ...figures } = books;
    const lives = own.flatMap((child) => child.lives);
    transportsReport[transport] = {
      ...figures,
      kills: kills(own),
      killsAtRandom: lives.filter(({ end }) => end === 'kill').length,
      endedOnTheirOwn: lives.filter(({ end }) => end === 'exit').length,
      brokerRestarts: counts.brokerRestarts,
      networkFaults: counts.networkFaults,
      faultsByName: Object.fromEntries(counts.byToxic),
      ...more,
      ...(problems.length > 0 ? { problems } : {}),
    };
  }
  report = {
    ...transportsReport,
    kills: kills(children),
    seconds: Math.round((Date.now() - beganAt) / 1000),
    seed,
    ...(mutation === null ? {} : { mutation }),
    holds: good,
  };
  status = good ? 0 : 1;
  await Promise.all(sides.map((side) => side.close()));
} catch (error) {
  if (!interrupted) say(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  for (const child of children) child.end();
  await stand.close(options.keep);
  if (options.keep) say(`kept ${stand.root}`);
}
process.stdout.write(`${options.json ? JSON.stringify(report) : JSON.stringify(report, null, 2)}\n`, () =>
  process.exit(status),
);
