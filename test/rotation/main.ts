// npm run test:rotation: keys turn every few seconds under load, one is revoked, one directory lags; nothing honest is lost.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { run } from '@sealwire/cli';
import { AuditWatch } from './audit-watch.ts';
import { laggingCopy } from './lagging-copy.ts';
import type { Delivered, FromWorker, Start } from './messages.ts';
import { Stand } from './stand.ts';
import { names, operated, writePolicyFor } from './topology.ts';
import { Worker } from './worker-process.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '180' },
    interval: { type: 'string', default: '4' },
    rate: { type: 'string', default: '20' },
  },
});
const [seconds, intervalS, rate] = [options.seconds, options.interval, options.rate].map(Number) as [
  number,
  number,
  number,
];
const intervalMs = intervalS * 1000;
const lagMs = 2_000;
const receivers = ['carol', 'dave', 'erin'];
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const stand = new Stand();
const workers: Worker[] = [];
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    interrupted = true;
    for (const worker of workers) worker.kill();
    void stand.close().finally(() => process.exit(1));
  });

const sent = new Map<string, number>();
/** First delivery of each message, by who reads: the group of two, or the one that lags. */
const delivered = { team: new Map<string, Delivered>(), erin: new Map<string, Delivered>() };
const deliveredBy = new Map<string, Delivered[]>();
const failures = new Map<string, number>();

function take(message: FromWorker, agent: string): void {
  if ('sent' in message) for (const { id, atMs } of message.sent) sent.set(id, atMs);
  if ('failed' in message)
    failures.set(`${agent}: ${message.failed}`, (failures.get(`${agent}: ${message.failed}`) ?? 0) + 1);
  if (!('delivered' in message)) return;
  const stream = agent === 'erin' ? delivered.erin : delivered.team;
  for (const one of message.delivered) {
    if (!stream.has(one.id)) stream.set(one.id, one);
    deliveredBy.set(agent, [...(deliveredBy.get(agent) ?? []), one]);
  }
}

const isHonest = (id: string): boolean => !id.startsWith('trent-');
const count = (ids: Iterable<string>): number => [...ids].filter(isHonest).length;

async function sealwire(...words: string[]): Promise<Record<string, unknown>> {
  let out = '';
  const code = await run([...words, '--json'], { out: (text) => (out += text), err: say });
  const result = JSON.parse(out) as Record<string, unknown>;
  if (code !== 0) throw new Error(`sealwire ${words.join(' ')}: ${JSON.stringify(result)}`);
  return result;
}

let status = 1;
let report: object = {};
try {
  say('starting brokers …');
  const { folder, realm, rootKey } = await stand.open();
  const directory = join(folder, 'directory.jsonl');
  const copy = join(stand.root, 'copy.jsonl');
  const facts = { folder, realm, rootKey, intervalMs };
  const state = join(folder, 'state', '{agent}');
  const self = writePolicyFor(facts, { file: 'self.yaml', directory, state, self: true });
  const operator = writePolicyFor(facts, { file: 'operator.yaml', directory, state });
  const lagging = writePolicyFor(facts, { file: 'lagging.yaml', directory: copy, state, maxLag: '6s' });
  const stopCopying = laggingCopy(directory, copy, lagMs);
  const audit = new AuditWatch();
  await audit.open();
  const begin = (role: Start['role'], agent: string, policy: string, messagesPerSecond = rate): Worker => {
    const worker = new Worker(
      {
        role,
        agent,
        policy,
        rate: messagesPerSecond,
        kafkaGroup: agent === 'erin' ? 'erin' : 'team',
        queue: agent === 'erin' ? names.lagging : names.queue,
      },
      take,
    );
    workers.push(worker);
    return worker;
  };
  say('starting consumers …');
  const consumers = [
    begin('consumer', 'carol', self),
    begin('consumer', 'dave', self),
    begin('consumer', 'erin', lagging),
  ];
  await Promise.all(consumers.map(({ ready }) => ready));

  // The operator: a command every half interval, for whoever does not rotate itself.
  let operating = true;
  let operatorRuns = 0;
  const operatorProblems = new Map<string, number>();
  let revoked = false;
  const operate = (async () => {
    while (operating) {
      try {
        await sealwire(
          'keys',
          'rotate',
          '--policy',
          operator,
          ...operated.filter((name) => !revoked || name !== 'trent'),
        );
        operatorRuns++;
      } catch (error) {
        const { message } = error as Error;
        operatorProblems.set(message, (operatorProblems.get(message) ?? 0) + 1);
      }
      await pause(intervalMs / 8);
    }
  })();

  say('starting producers …');
  const producers = [begin('producer', 'alice', self), begin('producer', 'bob', operator)];
  await Promise.all(producers.map(({ ready }) => ready));
  const beganAt = Date.now();
  const progress = setInterval(() => {
    say(
      `${Math.round((Date.now() - beganAt) / 1000)} s: sent ${count(sent.keys())}, delivered ${count(delivered.team.keys())}, to erin ${count(delivered.erin.keys())}, refused ${audit.refusals.length}, failures ${[...failures.values()].reduce((a, b) => a + b, 0)}`,
    );
  }, 10_000);

  // Half-way: somebody has Trent's keys and a copy of the directory that will not know of the revocation.
  await pause(Math.max(0, (seconds * 1000) / 2 - (Date.now() - beganAt)));
  const frozen = join(stand.root, 'frozen.jsonl');
  copyFileSync(directory, frozen);
  const stolen = writePolicyFor(facts, {
    file: 'stolen.yaml',
    directory: frozen,
    state: join(stand.root, 'thief'),
  });
  const thief = begin('thief', 'trent', stolen, 20);
  await thief.ready;
  revoked = true;
  let publishedAtMs = 0;
  let distrustFromMs = 0;
  for (let attempt = 0; publishedAtMs === 0; attempt++)
    try {
      const { distrustFrom } = await sealwire(
        'keys',
        'revoke',
        'trent',
        '--policy',
        operator,
        '--reason',
        'stolen',
      );
      distrustFromMs = Date.parse(String(distrustFrom));
      publishedAtMs = Date.now();
    } catch (error) {
      // Another issuer’s process published in the same moment: make the next one from that.
      if (attempt === 20) throw error;
    }
  say(`revoked after ${Math.round((publishedAtMs - beganAt) / 1000)} s`);

  await pause(Math.max(0, seconds * 1000 - (Date.now() - beganAt)));
  clearInterval(progress);
  say('stopping producers …');
  await Promise.all([...producers, thief].map((worker) => worker.stop()));
  const honest = count(sent.keys());
  for (let waited = 0; waited < 60_000; waited += 200) {
    if (count(delivered.team.keys()) >= honest && count(delivered.erin.keys()) >= honest) break;
    await pause(200);
  }
  operating = false;
  await operate;
  await pause(1_000);
  await Promise.all(consumers.map((worker) => worker.stop()));
  await pause(1_000);
  await audit.close();
  stopCopying();

  const stolenRefusals = audit.refusals.filter(({ sender }) => sender === 'trent');
  const honestRefusals = audit.refusals.filter(({ sender }) => sender !== 'trent');
  /** When each receiver refused for the first time, and delivered for the last. */
  const effects = receivers.map((receiver) => {
    const first = Math.min(
      ...stolenRefusals.filter(({ writer }) => writer === receiver).map(({ seenAtMs }) => seenAtMs),
    );
    const late = (deliveredBy.get(receiver) ?? []).filter(
      ({ id, atMs }) => !isHonest(id) && atMs > publishedAtMs,
    );
    const last = Math.max(publishedAtMs, ...late.map(({ atMs }) => atMs));
    return {
      receiver,
      firstRefusalMs: first - publishedAtMs,
      lastDeliveryMs: last - publishedAtMs,
      deliveredLate: late.length,
    };
  });
  const effectMs = Math.max(
    ...effects.flatMap(({ firstRefusalMs, lastDeliveryMs }) => [firstRefusalMs, lastDeliveryMs]),
  );
  const thiefSent = [...sent].filter(([id]) => !isHonest(id));
  const headers = readFileSync(directory, 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) =>
        Buffer.from((JSON.parse(line) as { payload: string }).payload, 'base64')
          .toString('utf8')
          .split('\n')[0]!,
    );
  const documents = Math.max(
    ...headers
      .map((header) => JSON.parse(header) as { kind: string; serial: number })
      .filter(({ kind }) => kind === 'directory')
      .map(({ serial }) => serial),
  );
  const ages = [...delivered.erin.values()].filter(({ id }) => isHonest(id)).map(({ ageMs }) => ageMs);
  const teamDelivered = count([...delivered.team.keys()].filter((id) => sent.has(id)));
  const missing = [...sent.keys()].filter((id) => isHonest(id) && !delivered.team.has(id));
  report = {
    sent: honest,
    delivered: teamDelivered,
    refused: honestRefusals.length,
    rotations: audit.rotated.size,
    directory: { documents, events: Object.fromEntries(audit.keyEvents), operatorRuns },
    revocation: {
      effectMs,
      receivers: effects,
      sentByThief: thiefSent.length,
      sentAfterDistrust: thiefSent.filter(([, atMs]) => atMs >= distrustFromMs).length,
      refused: stolenRefusals.length,
      codes: [...new Set(stolenRefusals.map(({ code }) => code))],
    },
    lag: {
      copyMs: lagMs,
      sent: honest,
      delivered: count([...delivered.erin.keys()].filter((id) => sent.has(id))),
      refused: honestRefusals.filter(({ writer }) => writer === 'erin').length,
      longestMs: Math.max(...ages),
    },
    seconds: Math.round((Date.now() - beganAt) / 1000),
    ...(missing.length > 0 ? { missing: missing.slice(0, 10) } : {}),
    ...(honestRefusals.length > 0 ? { refusals: honestRefusals.slice(0, 10) } : {}),
    ...(failures.size > 0 ? { sendsTriedAgain: Object.fromEntries(failures) } : {}),
    ...(operatorProblems.size > 0 ? { operatorProblems: Object.fromEntries(operatorProblems) } : {}),
    ...(audit.problems.size > 0 ? { rotationProblems: Object.fromEntries(audit.problems) } : {}),
  };
  const lagDelivered = count([...delivered.erin.keys()].filter((id) => sent.has(id)));
  status =
    teamDelivered === honest &&
    lagDelivered === honest &&
    honest > 0 &&
    honestRefusals.length === 0 &&
    effectMs <= 5_000 &&
    stolenRefusals.length > 0
      ? 0
      : 1;
} catch (error) {
  if (!interrupted) say(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  for (const worker of workers) worker.kill();
  await stand.close();
}
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(status));
