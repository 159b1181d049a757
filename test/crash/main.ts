// npm run test:crash: processes and brokers are killed, connections cut and old records appended again; then the books must balance.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { redisProblem } from '@sealwire/testing';
import { auditHolds, type AuditHistory } from './account-audit.ts';
import { Child } from './child.ts';
import { killChildren, pauseUntil, restartNowAndThen, troubleNetwork } from './faults.ts';
import { holds } from './history.ts';
import { kafkaSide } from './kafka-side.ts';
import type { Start } from './messages.ts';
import { mutations, type Mutation } from './mutations.ts';
import { rabbitmqSide } from './rabbitmq-side.ts';
import { Chance } from './random.ts';
import type { Run, Side } from './side.ts';
import { Stand, type Transport } from './stand.ts';
import { claimWays, type ClaimWay } from './topology.ts';

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
    /** How RabbitMQ's claims are kept: see topology.ts. */
    claims: { type: 'string', default: 'mixed' },
    /** A wrong replay guard or audit, which must be found: see mutations.ts. */
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
let claims = options.claims as ClaimWay;
if (!claimWays.includes(claims)) throw new Error(`--claims: ${claimWays.join(', ')}`);
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

/** So that the books can be done again. Sets and maps as lists. */
function keepHistory(transport: Transport, history: object, trail: AuditHistory['trail']): void {
  if (!options.keep) return;
  const asList = (_: string, value: unknown): unknown =>
    value instanceof Set || value instanceof Map ? [...(value as Iterable<unknown>)] : value;
  writeFileSync(join(stand.root, `history-${transport}.json`), JSON.stringify(history, asList));
  // As `sealwire audit verify` reads it.
  const lines = trail.map(({ bytes }) => `${bytes.toString('latin1')}\n`);
  writeFileSync(join(stand.root, `trail-${transport}.jsonl`), lines.join(''));
}

let status = 1;
let report: object = {};
try {
  say(`seed ${seed}; starting brokers …`);
  const chance = new Chance(seed);
  const wantsRedis = transports.includes('rabbitmq') && claims !== 'sqlite';
  const noRedis = wantsRedis ? await redisProblem() : null;
  if (noRedis !== null) {
    claims = 'sqlite';
    say(`Skipped: consumers that share a queue, with Redis. ${noRedis}`);
  }
  const facts = await stand.open(transports, chance, wantsRedis && noRedis === null);
  const sides: Side[] = [];
  const { journals, state } = stand;
  const run: Run = { childOf, journals, state, keepHistory, claims };
  for (const transport of transports)
    sides.push(await (transport === 'kafka' ? kafkaSide : rabbitmqSide)(run, facts, chance));
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
      restartNowAndThen(
        () => stand.restart(transport),
        restartsS * 1000,
        chance,
        faulting.signal,
        () => counts.brokerRestarts++,
      ),
      ...(transport === 'rabbitmq' && stand.redis !== null
        ? [
            restartNowAndThen(
              () => stand.restart('redis'),
              restartsS * 1000,
              chance,
              faulting.signal,
              () => counts.redisRestarts++,
            ),
          ]
        : []),
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

  say('starting all once more, until their audit events are published …');
  await Promise.all(sides.map((side) => side.emptySpools()));

  say('accounting …');
  const transportsReport: Record<string, object> = {};
  let good = true;
  for (const { transport, children: own, counts, account } of sides) {
    const { account: books, audit, more } = await account();
    good &&= holds(books) && auditHolds(audit);
    const { problems: unbalanced, ...figures } = books;
    const { problems: unaudited, ...auditFigures } = audit;
    const problems = [...unbalanced, ...unaudited];
    const lives = own.flatMap((child) => child.lives);
    transportsReport[transport] = {
      ...figures,
      ...auditFigures,
      kills: kills(own),
      killsAtRandom: lives.filter(({ end }) => end === 'kill').length,
      endedOnTheirOwn: lives.filter(({ end }) => end === 'exit').length,
      brokerRestarts: counts.brokerRestarts,
      ...(transport === 'rabbitmq' ? { claims, redisRestarts: counts.redisRestarts } : {}),
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
