// RabbitMQ’s own permissions, as `sealwire acl` derives them: enough for all that the policy permits, and for nothing else.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import { aclDrift, type AclDrift } from '@sealwire/cli';
import amqplib, { type Channel, type ChannelModel } from 'amqplib';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openSealwire } from 'sealwire';
import { command } from '../command.ts';
import { doctor } from '../doctor.ts';
import { bareRabbitmq, fixture, fresh, writePolicy } from '../fixture.ts';
import { eventually, json } from './stage.ts';

const [tasks, work, elsewhere, quarantine, holding, audit] = [
  'tasks',
  'work',
  'elsewhere',
  'quarantine',
  'holding',
  'audit',
].map((name) => fresh(`acl.${name}`)) as [string, string, string, string, string, string];

let policy: string;
let admin: ChannelModel;
let bare: Channel;
const options = () => ({ management: fixture().managementUrl!, policy, agent: 'admin' });
const drift = (): Promise<AclDrift> => aclDrift(options());
const acl = (verb: string, ...more: string[]) =>
  command('acl', verb, '--management', options().management, '--policy', policy, '--agent', 'admin', ...more);

beforeAll(async () => {
  admin = await bareRabbitmq();
  bare = await admin.createChannel();
  await bare.assertExchange(tasks, 'topic', { durable: true });
  await bare.assertExchange(holding, 'fanout', { durable: true });
  await bare.assertExchange(audit, 'topic', { durable: true });
  for (const queue of [work, elsewhere, quarantine, audit]) await bare.assertQueue(queue, { durable: true });
  await bare.bindQueue(work, tasks, 'task.#');
  await bare.bindQueue(elsewhere, tasks, '#');
  await bare.bindQueue(quarantine, holding, '');
  await bare.bindQueue(audit, audit, '#');
  policy = writePolicy({
    channels: {
      tasks: {
        publish: [{ exchange: tasks, routingKey: 'task.*.new' }],
        queues: [work],
        from: ['clerk'],
        to: ['desk'],
      },
    },
    quarantine,
    audit,
  });
  writeFileSync(
    policy,
    readFileSync(policy, 'utf8').replace('quarantine: {', `quarantine: { rabbitmq_exchange: ${holding},`),
  );
  const others = JSON.stringify(['admin', ...fixture().agents]);
  appendFileSync(policy, `acl: { rabbitmq: { others: ${others} } }\n`);
});
afterAll(() => admin.close());

/** As `sealwire doctor` sees it. */
async function diagnosed(...login: string[]): Promise<unknown> {
  const broker = ['--rabbitmq', fixture().rabbitmqUrl, '--management', options().management, ...login];
  const { of } = await doctor(policy, ...broker, '--agent', 'clerk', '--only', 'acl');
  return of('acl', 'drift').filter(({ verdict }) => verdict !== 'skipped');
}

describe('sealwire acl', () => {
  test('tells drift, does nothing without --yes, is done after --yes, and changes nothing again', async () => {
    const before = await acl('verify', '--json');
    expect([before.exitCode, (JSON.parse(before.out) as AclDrift).rabbitmq]).toMatchObject([
      1,
      { inPlace: 0, unknown: [], wide: [], absentUsers: [] },
    ]);
    expect((await acl('apply')).exitCode).toBe(1);
    expect((await acl('apply', '--dry-run')).exitCode).toBe(0);
    expect((await drift()).rabbitmq!.inPlace).toBe(0);
    // Nobody’s password but an administrator’s goes to the management API.
    expect(await diagnosed()).toEqual([]);
    expect(await diagnosed('--admin', 'clerk')).toMatchObject([
      { subject: 'rabbitmq as clerk', verdict: 'unknown' },
    ]);
    expect(await diagnosed('--admin', 'admin')).toMatchObject([
      { subject: 'rabbitmq', verdict: 'fail', fix: expect.stringContaining('sealwire acl apply') },
    ]);
    const done = await acl('apply', '--yes');
    expect([done.exitCode, done.out]).toEqual([
      0,
      expect.stringContaining(`+ clerk may use the keys task.*.new with ${tasks}`),
    ]);
    expect((await acl('verify')).exitCode).toBe(0);
    expect(await diagnosed('--admin', 'admin')).toMatchObject([{ subject: 'rabbitmq', verdict: 'ok' }]);
    expect((await acl('apply', '--yes', '--prune')).out).toContain('Nothing to change.');
    expect((await drift()).notes).toEqual([]);
  });

  test('goes over TLS as the policy asks, and shows its password to nobody whom the policy does not trust', async () => {
    const management = fixture().managementTlsUrl!;
    expect((await aclDrift({ ...options(), management })).ok).toBe(true);
    const distrusting = join(dirname(policy), 'distrusting.yaml');
    writeFileSync(distrusting, readFileSync(policy, 'utf8').replaceAll('tls/ca.crt', 'tls/clerk.crt'));
    await expect(aclDrift({ ...options(), management, policy: distrusting })).rejects.toMatchObject({
      code: 'ERR_USAGE_TLS_ISSUER',
    });
    await expect(aclDrift({ ...options(), management: 'http://192.0.2.1:15672' })).rejects.toMatchObject({
      code: 'ERR_USAGE_CONNECTION',
    });
    await expect(aclDrift({ ...options(), agent: 'clerk' })).rejects.toMatchObject({
      code: 'ERR_USAGE_SASL',
    });
    process.env['SEALWIRE_MANAGEMENT_PASSWORD'] = fixture().admin.password;
    const named = await aclDrift({ ...options(), agent: 'clerk', managementUser: fixture().admin.name });
    delete process.env['SEALWIRE_MANAGEMENT_PASSWORD'];
    expect(named.ok).toBe(true);
  });
});

describe('with exactly these rights', () => {
  test('agents publish, consume, quarantine and audit, and declare nothing', async () => {
    const sealwires = await Promise.all(['clerk', 'reader'].map((agent) => openSealwire(policy, { agent })));
    const [clerk, reader] = (await Promise.all(
      sealwires.map((sealwire) => secureConnect(sealwire, fixture().rabbitmqUrl)),
    )) as [ChannelModel, ChannelModel];
    try {
      const received: string[] = [];
      const consumer = await reader.createChannel();
      await consumer.checkQueue(work);
      await consumer.consume(work, (message) => {
        if (message === null) return;
        received.push(JSON.parse(message.content.toString()) as string);
        consumer.ack(message);
      });
      const publisher = await clerk.createConfirmChannel();
      publisher.publish(tasks, 'task.a.new', json('first'));
      await publisher.waitForConfirms();
      bare.sendToQueue(work, Buffer.from('junk'));
      await eventually(async () => received.length === 1 || false);
      expect(received).toEqual(['first']);
      const kept = await eventually(() => bare.get(quarantine, { noAck: true }));
      expect(kept.content.toString()).toBe('junk');
      // Sent, received, rejected; and what the connections were.
      await eventually(async () => (await bare.checkQueue(audit)).messageCount >= 3 || false);
    } finally {
      await clerk.close();
      await reader.close();
      for (const sealwire of sealwires) await sealwire.close();
    }
  });

  test('the doctor finds no fault with quarantine and trail, and asks nobody who has nothing to write there', async () => {
    const agents = ['--agent', 'clerk', '--agent', 'reader'];
    const words = ['--rabbitmq', fixture().rabbitmqUrl, ...agents, '--only', 'quarantine,audit'];
    const { of } = await doctor(policy, ...words);
    const told = (outlet: string) =>
      of(outlet, 'writable')
        .filter(({ subject }) => / to (queue|exchange) /.test(subject))
        .map(({ subject, verdict }) => `${verdict} ${subject}`);
    expect(told('quarantine')).toEqual([
      `skipped clerk to queue ${quarantine}`,
      `ok reader to queue ${quarantine}`,
    ]);
    expect(told('audit')).toEqual([`ok clerk to exchange ${audit}`, `ok reader to exchange ${audit}`]);
  });
});

describe('a client without Sealwire', () => {
  const publishing =
    (exchange: string, key: string, headers: amqplib.Options.Publish = {}) =>
    async (model: ChannelModel): Promise<void> => {
      const channel = await model.createConfirmChannel();
      const closed = new Promise<never>((_, reject) => channel.on('error', reject));
      channel.publish(exchange, key, Buffer.from('x'), headers);
      await Promise.race([channel.waitForConfirms(), closed]);
    };
  const within = (work: (channel: Channel) => Promise<unknown>) => async (model: ChannelModel) => {
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    await work(channel);
  };

  test.each<[string, string, (model: ChannelModel) => Promise<unknown>]>([
    ['who may not send', 'reader', publishing(tasks, 'task.a.new')],
    ['whose key it is not', 'clerk', publishing(tasks, 'task.a.old')],
    ['whose key only begins as it should', 'clerk', publishing(tasks, 'task.a.new\n')],
    ['who would write past the exchange', 'clerk', publishing('', work)],
    ['who would fill the quarantine', 'clerk', publishing(holding, '')],
    ['who sends, and does not receive', 'clerk', within((channel) => channel.get(work))],
    ['whose trail it is not to read', 'clerk', within((channel) => channel.get(audit))],
    [
      'who may write to the quarantine, and not read it',
      'reader',
      within((channel) => channel.get(quarantine)),
    ],
    ['who would bind a queue of its own', 'reader', within((channel) => channel.assertQueue(fresh('own')))],
    ['who would delete its queue', 'reader', within((channel) => channel.deleteQueue(work))],
    ['who would take the trail away', 'clerk', within((channel) => channel.deleteExchange(audit))],
  ])('is refused by the broker: %s', async (_, agent, attempt) => {
    const model = await bareAs(agent);
    try {
      await expect(attempt(model)).rejects.toThrow(/ACCESS[-_]REFUSED/);
    } finally {
      await model.close();
    }
  });

  test('is refused by the broker: who is in no route', async () => {
    await expect(bareAs('stranger')).rejects.toThrow(/NOT[-_]ALLOWED|got <ConnectionClose/);
  });

  test('may copy a message to other keys by CC, which this broker does not limit', async () => {
    const model = await bareAs('clerk');
    await bare.purgeQueue(elsewhere);
    await publishing(tasks, 'task.a.new', { CC: ['task.a.old'] })(model);
    await model.close();
    const copy = await eventually(() => bare.get(elsewhere, { noAck: true }));
    expect(copy.properties.headers).toMatchObject({ CC: ['task.a.old'] });
    await bare.purgeQueue(work);
  });
});

describe('drift', () => {
  test('is told by its kinds, and mended with --prune', async () => {
    const { rabbitmq } = await drift();
    const put = (path: string, body: object) => manage('PUT', path, body);
    await put('permissions/%2F/stranger', { configure: '', write: '', read: '.*' });
    await put('permissions/%2F/clerk', {
      configure: '^$',
      write: `^(?:${escaped(audit)})\\z`,
      read: `^(?:${escaped(work)})\\z`,
    });
    await put('topic-permissions/%2F/clerk', { exchange: tasks, write: '.*', read: '.*' });
    await manage('DELETE', 'permissions/%2F/deputy');
    const told = (await drift()).rabbitmq!;
    expect(told.missing.map(({ user, act, name }) => `${user} ${act} ${name}`).sort()).toEqual(
      [
        `clerk write ${tasks}`,
        `clerk route ${tasks}`,
        `deputy read ${work}`,
        `deputy write ${audit}`,
        `deputy write ${holding}`,
      ].sort(),
    );
    expect(told.unknown.map(({ user, act, reaches }) => [user, act, [...reaches].sort()])).toEqual(
      expect.arrayContaining([
        ['stranger', 'read', expect.arrayContaining([work, audit, quarantine])],
        ['clerk', 'read', [work]],
        ['clerk', 'route', ['.*']],
      ]),
    );
    const added = await acl('apply', '--yes', '--json');
    expect([added.exitCode, (JSON.parse(added.out) as AclDrift).rabbitmq]).toMatchObject([
      1,
      { missing: [{ user: 'clerk', act: 'route' }], unknown: [{}, {}, {}] },
    ]);
    const pruned = await acl('apply', '--yes', '--prune');
    expect(pruned.exitCode).toBe(0);
    expect((await drift()).rabbitmq).toEqual(rabbitmq);
    expect((await manage('GET', 'permissions/%2F/stranger')).status).toBe(404);
  });
});

function bareAs(agent: string): Promise<ChannelModel> {
  const { folder, tls, rabbitmqUrl } = fixture();
  const file = (...path: string[]) => readFileSync(join(folder, ...path));
  return amqplib.connect(rabbitmqUrl, {
    ca: [readFileSync(tls.caFile)],
    cert: file('tls', `${agent}.crt`),
    key: file('tls', `${agent}.key`),
    credentials: amqplib.credentials.plain(agent, file('secrets', `${agent}.password`).toString().trim()),
  });
}

const escaped = (name: string): string => name.replace(/[.-]/g, '\\$&');

function manage(method: string, path: string, body?: object): Promise<Response> {
  const { admin: who, managementUrl } = fixture();
  return fetch(`${managementUrl!}/api/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${who.name}:${who.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
