// Agents name one another’s newest checkpoints over RabbitMQ, so that it shows where all of one agent’s events are gone.
import { secureConnect } from '@sealwire/amqp';
import { FaultProxy } from '@sealwire/testing';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Channel, ConfirmChannel } from 'amqplib';
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { command, jsonLines } from '../command.ts';
import { bareRabbitmq, fixture, fresh, openAs, writePolicy } from '../fixture.ts';
import { confirmed, eventually, json, openStage, type Stage } from './stage.ts';

interface Unmapped {
  readonly kind: string;
  readonly writer: string;
  readonly chain: string;
  readonly checkpoint?: string;
}

let stage: Stage | null = null;
let warned: jest.SpiedFunction<typeof process.emitWarning>;
/** What was taken of the audit queue so far, in its order. */
let lines: Buffer[] = [];
beforeEach(() => {
  lines = [];
  warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await stage?.close();
  stage = null;
});

const unmappedOf = (line: Buffer): Unmapped =>
  (JSON.parse(line.toString()) as { unmapped: Unmapped }).unmapped;
const warnings = (): string => warned.mock.calls.map(String).join('\n');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Which chain each agent writes, and which chains its checkpoints name. */
function namings(from = 0): Map<string, { chain: string; names: Set<string> }> {
  const byWriter = new Map<string, { chain: string; names: Set<string> }>();
  for (const { writer, chain, checkpoint = '' } of lines.slice(from).map(unmappedOf)) {
    const known = byWriter.get(writer) ?? { chain, names: new Set<string>() };
    for (const [, seen] of checkpoint.matchAll(/^seen (\S+) /gm)) known.names.add(seen!);
    byWriter.set(writer, known);
  }
  return byWriter;
}

const withNotices = (exchange: string): string => `, checkpoint: { every: 1s, exchange: ${exchange} }`;

async function taken(bare: Channel, audit: string): Promise<void> {
  for (;;) {
    const message = await bare.get(audit, { noAck: true });
    if (message === false) return;
    lines.push(message.content);
  }
}

/** Two agents that talk until each has named the other. @param before is waited for when both are connected */
async function eachNamesTheOther(
  own: Stage,
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const sender = await own.sender();
  const receiver = await own.receiver();
  await receiver.consume(own.queue, (message) => receiver.ack(message!));
  await before();
  await taken(own.bare, own.audit);
  const from = lines.length;
  const endMs = performance.now() + 300_000;
  for (;;) {
    await confirmed(sender, own.queue, 'a');
    await pause(500);
    await taken(own.bare, own.audit);
    const [one, other] = ['orchestrator', 'researcher'].map((name) => namings(from).get(name));
    if (one && other && one.names.has(other.chain) && other.names.has(one.chain)) break;
    if (performance.now() > endMs)
      throw new Error(
        `one did not name the other: ${JSON.stringify([...namings()].map(([by, { chain, names }]) => [by, chain, [...names]]))} ${warnings()}`,
      );
  }
  await own.endAgents();
  await taken(own.bare, own.audit);
}

async function verify(policy: string, events: readonly Buffer[]) {
  const file = join(mkdtempSync(join(tmpdir(), 'sealwire-notices-')), 'audit.jsonl');
  writeFileSync(file, events.map((line) => `${line.toString()}\n`).join(''));
  const words = ['--policy', policy, '--agent', 'researcher', '--no-reconcile', '--json'];
  const { exitCode, out } = await command('audit', 'verify', file, ...words);
  const told = jsonLines<{ finding?: string; chain?: string; why?: string }>(out);
  return { exitCode, findings: told.filter(({ finding }) => finding !== undefined), last: told.at(-1) };
}

describe('A-15: agents that tell one another of their checkpoints by an exchange', () => {
  test('leave a trail that is proven, and in which it shows where all of one agent’s events are gone', async () => {
    stage = await openStage({ auditMore: withNotices(fresh('notices')) });
    await eachNamesTheOther(stage);
    const whole = await verify(stage.policy, lines);
    expect([whole.exitCode, whole.findings]).toEqual([0, []]);
    for (const [writer, { chain }] of namings()) {
      const left = lines.filter((line) => unmappedOf(line).writer !== writer);
      const { exitCode, findings, last } = await verify(stage.policy, left);
      expect(exitCode).toBe(1);
      expect(findings).toMatchObject([{ finding: 'lost_end', chain, first: 0 }]);
      expect(findings[0]!.why).toContain('Nothing of it is here.');
      expect(last).toMatchObject({ ok: false, wrong: 1 });
    }
    expect(warnings()).not.toContain('Notices');
  });

  test('A-20: name nothing of what others put there, whatever it is, and go on', async () => {
    const notices = fresh('notices');
    stage = await openStage({ auditMore: withNotices(notices) });
    const { bare } = stage;
    await bare.assertExchange(notices, 'fanout', { durable: true });
    const chain = 'ab'.repeat(16);
    const forged = (sequence: number): string =>
      `sealwire/v1/audit-notice/rabbitmq/${chain}\n${sequence}\n${'A'.repeat(43)}=\nkey ${chain}\ntime ${Date.now()}\n\n\u2014 researcher ${'A'.repeat(96)}\n`;
    await eachNamesTheOther(stage, async () => {
      await eventually(async () => (await queuesOn(notices)).length === 2 || (await pause(100), false));
      const put = (content: string, headers = {}): boolean =>
        bare.publish(notices, '', Buffer.from(content), { headers });
      for (let sent = 0; sent < 10_000; sent++) {
        put(forged(sent));
        if (sent % 1_000 !== 0) continue;
        for (const junk of ['', '{}', 'x'.repeat(500_000)]) put(junk);
        put('nested', { a: { b: { c: 'd' } } });
        await pause(10);
      }
      expect((await queuesOn(notices)).length).toBe(2);
    });
    const chains = new Set(lines.map((line) => unmappedOf(line).chain));
    for (const { names } of namings().values()) for (const name of names) expect(chains).toContain(name);
    expect(await verify(stage.policy, lines)).toMatchObject({ exitCode: 0, findings: [] });
  });

  test('hear again after a lost connection, and after the exchange was deleted', async () => {
    const notices = fresh('notices');
    const proxy = await FaultProxy.open(Number(new URL(fixture().rabbitmqUrl).port));
    const url = new URL(fixture().rabbitmqUrl);
    url.port = String(proxy.port);
    stage = await openStage({ auditMore: withNotices(notices) });
    const { bare, queue } = stage;
    const sealwire = await openAs('orchestrator', stage.policy);
    const model = await secureConnect(sealwire, url.toString(), { recovery: true });
    // Its loss is what this is about.
    model.on('error', () => undefined);
    try {
      const [first] = await queuesOn(notices);
      proxy.down();
      await pause(500);
      proxy.heal();
      const [second] = await queuesOn(notices, first);
      expect(second).not.toBe(first);
      await bare.deleteExchange(notices);
      const channel = await eventually(() =>
        model.createConfirmChannel().catch(async () => {
          await pause(100);
          return false as const;
        }),
      );
      await confirmed(channel, queue, 'a');
      await queuesOn(notices);
    } finally {
      await model.close();
      await sealwire.close();
      await proxy.close();
    }
  });

  test('A-19: send and audit as before where they have no right to the exchange, and say so', async () => {
    const closed = await closedStage('');
    const missing = fresh('missing');
    const policy = join(mkdtempSync(join(dirname(closed.policy), 'more-')), 'sealwire.yaml');
    const text = readFileSync(closed.policy, 'utf8');
    writeFileSync(
      policy,
      text.replace(/^audit: \{(.*)\}$/m, (_, keys) => `audit: {${keys}${withNotices(missing)} }`),
    );
    await applied(closed.policy);
    const [teller, hearer] = await closed.agents(policy);
    const kinds = (): string[] => lines.map((line) => unmappedOf(line).kind);
    await eventually(async () => {
      await closed.say(teller!);
      await pause(300);
      await taken(closed.bare, closed.audit);
      const told = ['cannot be written', 'cannot be read'].every((words) => warnings().includes(words));
      return (told && kinds().filter((kind) => kind === 'audit.checkpoint').length > 2) || false;
    });
    expect(hearer!.texts.length).toBeGreaterThan(0);
    expect(warnings()).toContain(`Declare a durable fanout exchange of that name`);
    await closed.end();
    await taken(closed.bare, closed.audit);
    await closed.close();
    expect(kinds()).toEqual(expect.arrayContaining(['message.sent', 'message.received']));
    expect(await verify(policy, lines)).toMatchObject({ exitCode: 0, findings: [] });
  });
});

test('an exchange of notices is written and read with the rights that sealwire acl gives, and no others', async () => {
  const notices = fresh('notices');
  const closed = await closedStage(withNotices(notices));
  await closed.bare.assertExchange(notices, 'fanout', { durable: true });
  await applied(closed.policy);
  const [teller] = await closed.agents(closed.policy);
  await eventually(async () => {
    await closed.say(teller!);
    await pause(300);
    await taken(closed.bare, closed.audit);
    const [one, other] = ['teller', 'hearer'].map((name) => namings().get(name));
    return (one && other && one.names.has(other.chain) && other.names.has(one.chain)) ?? false;
  });
  const queues = await queuesOn(notices);
  expect(queues.map((name) => name.replace(/:.*/, '')).sort()).toEqual([
    'sealwire-notices-hearer',
    'sealwire-notices-teller',
  ]);
  await closed.end();
  await closed.close();
  expect(warnings()).not.toContain('Notices');
});

interface Talker {
  readonly channel: ConfirmChannel;
  readonly texts: string[];
}

/** Two agents without rights but those that `sealwire acl` gives; what they use is there already. */
async function closedStage(auditMore: string) {
  const [tasks, work, audit] = ['tasks', 'work', 'audit'].map(fresh) as [string, string, string];
  const admin = await bareRabbitmq();
  const bare = await admin.createChannel();
  for (const exchange of [tasks, audit]) await bare.assertExchange(exchange, 'topic', { durable: true });
  for (const queue of [work, audit]) await bare.assertQueue(queue, { durable: true });
  await bare.bindQueue(work, tasks, '#');
  await bare.bindQueue(audit, audit, '#');
  const policy = writePolicy({
    channels: {
      tasks: {
        publish: [{ exchange: tasks, routingKey: 'task' }],
        queues: [work],
        from: ['teller'],
        to: ['hearer'],
      },
    },
    onReject: 'halt',
    audit,
    auditMore,
  });
  const others = ['admin', ...fixture().agents, 'clerk', 'reader', 'deputy', 'stranger', 'siem', 'maker'];
  appendFileSync(policy, `acl: { rabbitmq: { others: ${JSON.stringify(others)} } }\n`);
  const ends: (() => Promise<void>)[] = [];
  return {
    policy,
    audit,
    bare,
    agents: (file: string): Promise<Talker[]> =>
      Promise.all(
        ['teller', 'hearer'].map(async (agent) => {
          const sealwire = await openAs(agent, file);
          const model = await secureConnect(sealwire, fixture().rabbitmqUrl);
          ends.push(async () => {
            await model.close();
            await sealwire.close();
          });
          const channel = await model.createConfirmChannel();
          const texts: string[] = [];
          if (agent === 'hearer')
            await channel.consume(work, (message) => {
              texts.push(message!.content.toString());
              channel.ack(message!);
            });
          return { channel, texts };
        }),
      ),
    async say({ channel }: Talker): Promise<void> {
      channel.publish(tasks, 'task', json('a'));
      await channel.waitForConfirms();
    },
    end: () => Promise.all(ends.splice(0).map((end) => end())),
    close: () => admin.close(),
  };
}

async function applied(policy: string): Promise<void> {
  const words = ['--management', fixture().managementUrl!, '--policy', policy, '--agent', 'admin', '--yes'];
  expect(await command('acl', 'apply', ...words)).toMatchObject({ exitCode: 0 });
}

/** The queues that an exchange is bound to, once there are any but this one. */
function queuesOn(exchange: string, except?: string): Promise<string[]> {
  const { admin, managementUrl } = fixture();
  const authorization = `Basic ${Buffer.from(`${admin.name}:${admin.password}`).toString('base64')}`;
  return eventually(async () => {
    const answer = await fetch(`${managementUrl!}/api/exchanges/%2F/${exchange}/bindings/source`, {
      headers: { authorization },
    });
    const bindings = answer.ok ? ((await answer.json()) as { destination: string }[]) : [];
    const queues = bindings.map(({ destination }) => destination).filter((name) => name !== except);
    if (queues.length > 0) return queues;
    await pause(200);
    return false;
  });
}
