// Kafka’s own access control, as `sealwire acl` derives it: enough for all that the policy permits, and for nothing else.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aclDrift, type AclDrift } from '@sealwire/cli';
import { kafkaDirectory, secureKafka, type SecureKafka } from '@sealwire/kafka';
import kafkajs, { type AclEntry, type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSealwire, type Sealwire } from 'sealwire';
import { auditEvent } from '../audit-event.js';
import { command } from '../command.ts';
import { doctor } from '../doctor.ts';
import { bareKafka, createClosedTopics, fixture, fresh, withAdmin, writePolicy } from '../fixture.ts';
import { keptForEver, next, take, text } from './stage.ts';

const [tasks, answers, sessions, quarantine, audit, directory] = [
  'tasks',
  'answers',
  'sessions',
  'quarantine',
  'audit',
  'directory',
].map((name) => fresh(`acl-${name}`)) as [string, string, string, string, string, string];
const group = fresh('desk');

let policy: string;
const brokers = () => fixture().kafka;
const acl = (verb: string, ...more: string[]) =>
  command(
    'acl',
    verb,
    '--kafka',
    brokers().join(','),
    '--policy',
    policy,
    '--agent',
    'admin',
    '--json',
    ...more,
  );
const drift = (): Promise<AclDrift> => aclDrift({ kafka: brokers().join(','), policy, agent: 'admin' });

beforeAll(async () => {
  await createClosedTopics([tasks, answers], 2);
  await createClosedTopics([quarantine, audit]);
  await createClosedTopics([sessions, directory], 1, keptForEver);
  const lines = readFileSync(join(fixture().folder, 'directory.jsonl'), 'utf8').trimEnd().split('\n');
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic: directory, messages: lines.map((value) => ({ value, partition: 0 })) });
  await bare.disconnect();
  policy = writePolicy({
    channels: {
      tasks: { topics: [tasks], from: ['clerk'], to: ['desk'] },
      answers: { topics: [answers], sessionTopic: sessions, from: ['desk'], to: ['clerk'] },
    },
    quarantine,
    audit,
  });
  // The agents of other tests may use every group of this broker.
  const others = fixture().agents.map((name) => `User:${name}`);
  appendFileSync(
    policy,
    `acl: { kafka: { groups: ['{agent}', '{agent}.*', ${group}], directory_topic: ${directory}, others: ${JSON.stringify(others)} } }\n`,
  );
});

describe('sealwire acl', () => {
  test('plans without a broker, tells drift, does nothing without --yes, and is done after --yes', async () => {
    const offline = await command('acl', 'plan', '--policy', policy);
    expect(offline.exitCode).toBe(0);
    expect(offline.out).toContain(`+ Allow User:clerk Write Topic ${tasks}: sends agent.message on tasks`);
    const missing = Number(/^Kafka: (\d+) entries/.exec(offline.out)![1]);

    const before = await acl('verify');
    expect(before.exitCode).toBe(1);
    expect(JSON.parse(before.out)).toMatchObject({ ok: false, kafka: { inPlace: 0, unknown: [], wide: [] } });
    expect((await acl('plan')).exitCode).toBe(0);
    expect((await acl('apply')).exitCode).toBe(1);
    expect((await acl('apply', '--dry-run')).exitCode).toBe(0);
    expect((await drift()).kafka!.missing).toHaveLength(missing);

    const done = await acl('apply', '--yes');
    expect(JSON.parse(done.out)).toMatchObject({ ok: true, kafka: { inPlace: missing, missing: [] } });
    expect(done.exitCode).toBe(0);
    const again = await acl('apply', '--yes', '--prune');
    expect(JSON.parse(again.out)).toMatchObject({
      ok: true,
      applied: null,
      plan: { created: [], removed: [] },
    });
    expect((await acl('verify')).exitCode).toBe(0);
  });
});

describe('with exactly these rights', () => {
  const closing: (() => Promise<unknown>)[] = [];
  const warnings: string[] = [];
  const opened = async (agent: string): Promise<SecureKafka> => {
    const logCreator =
      () =>
      ({ level, log }: { level: number; log: { message: string; error?: string } }) => {
        const warn: number = kafkajs.logLevel.WARN;
        if (level <= warn) warnings.push(`${log.message} ${log.error ?? ''}`);
      };
    const source = kafkaDirectory({
      brokers: brokers(),
      topic: directory,
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const sealwire: Sealwire = await openSealwire(policy, { agent, directory: source });
    closing.push(() => sealwire.close());
    const config = { clientId: agent, brokers: brokers(), logLevel: kafkajs.logLevel.WARN, logCreator };
    return secureKafka(sealwire, config);
  };
  const closes = <Client extends { disconnect(): Promise<void> }>(client: Client): Client => {
    closing.push(() => client.disconnect());
    return client;
  };
  const consumerOf = async (kafka: SecureKafka, topic: string, groupId: string): Promise<Consumer> => {
    const consumer = closes(kafka.consumer({ groupId, maxWaitTimeInMs: 200 }));
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    return consumer;
  };
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  test('agents send, transact, share a group, rebalance, look sessions up, quarantine and audit', async () => {
    const [clerk, reader, deputy] = [await opened('clerk'), await opened('reader'), await opened('deputy')];
    const producer = closes(clerk.producer({ idempotent: true, maxInFlightRequests: 1 }));
    await producer.connect();
    const send = (value: string, partition: number) =>
      producer.send({ topic: tasks, messages: [{ value: JSON.stringify(value), partition }] });
    await send('first', 0);

    // The reader answers in transactions, each with its offsets.
    const answering = closes(
      reader.producer({ transactionalId: 'reader.answers', idempotent: true, maxInFlightRequests: 1 }),
    );
    await answering.connect();
    const consumer = await consumerOf(reader, tasks, group);
    const handled: string[] = [];
    const eachBatch = async ({
      batch,
      resolveOffset,
      uncommittedOffsets,
    }: EachBatchPayload): Promise<void> => {
      const transaction = await answering.transaction();
      const values = batch.messages.map(({ value }) => value!.toString());
      await transaction.send({ topic: answers, messages: values.map((value) => ({ value })) });
      for (const { offset } of batch.messages) resolveOffset(offset);
      await transaction.sendOffsets({ consumerGroupId: group, topics: uncommittedOffsets().topics });
      await transaction.commit();
      handled.push(...values);
    };
    await consumer.run({ eachBatch, autoCommit: false });
    const answered = await take(await consumerOf(clerk, answers, 'clerk.inbox'), 1);
    expect(answered.map(text)).toEqual(['"first"']);

    // What is no sealed message is quarantined. Then the deputy joins, and has one of the two partitions.
    const bare = bareKafka().producer();
    await bare.connect();
    await bare.send({ topic: tasks, messages: [{ value: 'junk', partition: 0 }] });
    await bare.disconnect();
    const second = await consumerOf(deputy, tasks, group);
    const shared = next<{ memberAssignment: Record<string, number[]> }>(
      second,
      second.events.GROUP_JOIN,
      ({ memberAssignment }) => memberAssignment[tasks]?.length === 1,
    );
    const byDeputy: string[] = [];
    await second.run({
      eachMessage: async ({ message }) => void byDeputy.push(message.value!.toString()),
    });
    await shared;
    await send('second', 0);
    await send('third', 1);
    await until(() => handled.length + byDeputy.length === 3);
    expect([...handled, ...byDeputy].sort()).toEqual(['"first"', '"second"', '"third"']);
    expect(byDeputy).toHaveLength(1);
    expect((await raw(quarantine, 1))[0]).toBe('junk');
    const kinds = (await raw(audit, 20)).map((line) => auditEvent<{ kind: string }>(line).kind);
    expect(kinds).toEqual(expect.arrayContaining(['message.sent']));
    expect(
      warnings.filter((line) => /NOT CHECKED|AUTHORIZATION|not authorized|DescribeConfigs/i.test(line)),
    ).toEqual([]);
  });

  test('the doctor finds no fault with quarantine and trail, and asks nobody who has nothing to write there', async () => {
    const agents = ['--agent', 'reader', '--agent', 'stranger'];
    const { of } = await doctor(
      policy,
      ...['--kafka', brokers().join(','), ...agents, '--only', 'quarantine,audit'],
    );
    for (const [outlet, topic] of [
      ['quarantine', quarantine],
      ['audit', audit],
    ] as const)
      expect(of(outlet, 'writable').filter(({ subject }) => subject.includes(topic))).toMatchObject([
        { subject: `reader to topic ${topic}`, verdict: 'ok' },
        { subject: `stranger to topic ${topic}`, verdict: 'skipped' },
      ]);
  });

  test('nobody looks at records, and the doctor says who may', async () => {
    const sealed = async (
      agent: string,
    ): Promise<{ subject: string; verdict: string; fix: string | null }[]> => {
      const words = ['--policy', policy, '--kafka', brokers().join(','), '--only', 'sealed', '--json'];
      const { out } = await command('doctor', ...words, '--agent', agent);
      const { rows } = JSON.parse(out) as {
        rows: { subject: string; verdict: string; fix: string | null }[];
      };
      return rows.filter(({ subject }) => subject === tasks);
    };
    expect(await sealed('deputy')).toMatchObject([
      { verdict: 'unknown', fix: expect.stringContaining('--agent admin --only sealed') },
    ]);
    // What was sent in clear above.
    expect(await sealed('admin')).toMatchObject([{ verdict: 'fail' }]);
  });
});

describe('a client without Sealwire', () => {
  // Whose group or transactional id it may not use, kafkajs finds no coordinator for.
  const refused = (work: Promise<unknown>) =>
    expect(work).rejects.toMatchObject({ type: expect.any(String) });
  const produce = async (agent: string, topic: string, transactionalId?: string): Promise<void> => {
    const producer = bareAs(agent).producer(
      transactionalId === undefined ? {} : { transactionalId, idempotent: true, maxInFlightRequests: 1 },
    );
    await producer.connect();
    try {
      const sender = transactionalId === undefined ? producer : await producer.transaction();
      await sender.send({ topic, messages: [{ value: 'x' }] });
    } finally {
      await producer.disconnect();
    }
  };
  const read = async (agent: string, topic: string, groupId: string): Promise<void> => {
    const consumer = bareAs(agent).consumer({ groupId, retry: { retries: 0 } });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        consumer.run({ eachMessage: async () => resolve() }).catch(reject);
      });
    } finally {
      await consumer.disconnect();
    }
  };

  test.each([
    ['who may not send', () => produce('reader', tasks), /[Nn]ot authorized|Topic authorization failed/],
    ['who is in no route', () => produce('stranger', tasks), /[Nn]ot authorized|Topic authorization failed/],
    [
      'whose trail it is not to read',
      () => read('clerk', audit, 'clerk'),
      /[Nn]ot authorized|Topic authorization failed/,
    ],
    [
      'who may write to the quarantine, and not read it',
      () => read('reader', quarantine, 'reader'),
      /[Nn]ot authorized|Topic authorization failed/,
    ],
    [
      'who sends, and does not receive',
      () => read('clerk', tasks, 'clerk'),
      /[Nn]ot authorized|Topic authorization failed/,
    ],
    [
      'who would join another’s group',
      () => read('reader', tasks, 'deputy.own'),
      /Failed to find group coordinator/,
    ],
    [
      'who would fence another’s producer off',
      () => produce('clerk', tasks, 'reader.answers'),
      /Failed to find group coordinator/,
    ],
  ])('is refused by the broker: %s', async (_, attempt, why) => {
    await expect(attempt()).rejects.toThrow(why);
  });

  test('can neither delete what was audited, nor the topic, nor give itself rights', async () => {
    const admin = bareAs('clerk').admin();
    await admin.connect();
    try {
      await admin.fetchTopicOffsets(audit);
      await expect(
        admin.deleteTopicRecords({ topic: audit, partitions: [{ partition: 0, offset: '1' }] }),
      ).rejects.toThrow(/delet/i);
      await refused(admin.deleteTopics({ topics: [audit] }));
      await refused(admin.createAcls({ acl: [entry({ principal: 'User:clerk', resourceName: tasks })] }));
    } finally {
      await admin.disconnect();
    }
    expect((await drift()).ok).toBe(true);
  });
});

describe('drift', () => {
  const { READ, WRITE, DESCRIBE } = kafkajs.AclOperationTypes;
  test('is told by its kinds; --prune removes what is the policy’s to remove, and the rest is left and told', async () => {
    const byHand = [
      entry({ principal: 'User:stranger', resourceName: tasks, operation: READ }),
      entry({ principal: 'User:*', resourceName: answers, operation: DESCRIBE }),
      entry({ principal: 'User:clerk', resourceName: audit, operation: READ }),
      // Implied by what it may anyway.
      entry({ principal: 'User:clerk', resourceName: audit, operation: DESCRIBE }),
    ];
    const wide = entry({
      principal: 'User:*',
      resourceName: tasks.slice(0, -1),
      resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
      operation: WRITE,
    });
    const denial = entry({
      principal: 'User:reader',
      resourceName: tasks,
      operation: READ,
      permissionType: kafkajs.AclPermissionTypes.DENY,
      host: '192.0.2.7',
    });
    const elsewhere = entry({
      principal: 'User:stranger',
      resourceName: fresh('elsewhere'),
      operation: READ,
    });
    await withAdmin(async (admin) => {
      await admin.createAcls({ acl: [...byHand, wide, denial, elsewhere] });
      await admin.deleteAcls({
        filters: [entry({ principal: 'User:clerk', resourceName: tasks, operation: WRITE })],
      });
    });
    await until(async () => {
      const { kafka } = await drift();
      return (
        kafka!.missing.length === 1 &&
        kafka!.unknown.length === 3 &&
        kafka!.wide.length === 1 &&
        kafka!.blocking.length === 1
      );
    });
    const { ok, kafka } = await drift();
    expect(ok).toBe(false);
    expect(kafka!.missing.map(({ acl: one }) => `${one.principal} ${one.operation} ${one.name}`)).toEqual([
      `User:clerk Write ${tasks}`,
    ]);
    expect(
      kafka!.unknown.map(({ principal, operation, name }) => `${principal} ${operation} ${name}`).sort(),
    ).toEqual(
      [`User:stranger Read ${tasks}`, `User:* Describe ${answers}`, `User:clerk Read ${audit}`].sort(),
    );
    expect(kafka!.wide).toMatchObject([
      { acl: { principal: 'User:*', operation: 'Write' }, reaches: [tasks] },
    ]);
    expect(kafka!.blocking).toMatchObject([{ acl: { host: '192.0.2.7' }, blocks: [{ agents: ['reader'] }] }]);
    // The wide one moots the policy: the stranger writes.
    await produceAs('stranger', tasks);

    const pruned = await acl('apply', '--prune', '--yes');
    expect(pruned.exitCode).toBe(1);
    expect(JSON.parse(pruned.out)).toMatchObject({
      ok: false,
      applied: { created: [{ name: tasks }], removed: [{}, {}, {}] },
      kafka: { missing: [], unknown: [], wide: [{}], blocking: [{}] },
    });
    const lines = (
      await command('acl', 'verify', '--kafka', brokers().join(','), '--policy', policy, '--agent', 'admin')
    ).out;
    expect(lines).toContain(
      `kafka-acls.sh --remove --topic ${tasks.slice(0, -1)} --resource-pattern-type prefixed --allow-principal 'User:*' --allow-host '*' --operation Write`,
    );
    await withAdmin(async (admin) => {
      const left = await admin.describeAcls(
        entry({ principal: elsewhere.principal, resourceName: elsewhere.resourceName, operation: READ }),
      );
      expect(left.resources).toHaveLength(1);
      await admin.deleteAcls({ filters: [wide, denial, elsewhere] });
    });
    await until(async () => (await drift()).ok);
  });

  test('cannot be told to who may not look', async () => {
    const asked = await command(
      'acl',
      'verify',
      '--kafka',
      brokers().join(','),
      '--policy',
      policy,
      '--agent',
      'clerk',
      '--json',
    );
    expect([asked.exitCode, (JSON.parse(asked.out) as { code: string }).code]).toEqual([1, 'ERR_USAGE_ACL']);
  });
});

/** An ordinary client with an agent’s own credentials. */
function bareAs(agent: string): Kafka {
  const { folder, tls } = fixture();
  const file = (...path: string[]) => readFileSync(join(folder, ...path));
  return new kafkajs.Kafka({
    clientId: 'bare',
    brokers: brokers(),
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 5_000,
    retry: { retries: 2, initialRetryTime: 100 },
    ssl: {
      ca: readFileSync(tls.caFile),
      cert: file('tls', `${agent}.crt`),
      key: file('tls', `${agent}.key`),
    },
    sasl: {
      mechanism: 'scram-sha-512',
      username: agent,
      password: file('secrets', `${agent}.password`).toString().trim(),
    },
  });
}

async function produceAs(agent: string, topic: string): Promise<void> {
  const producer = bareAs(agent).producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'x' }] });
  await producer.disconnect();
}

function entry(given: Partial<AclEntry>): AclEntry {
  return {
    resourceType: kafkajs.AclResourceTypes.TOPIC,
    resourceName: tasks,
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    principal: 'User:clerk',
    host: '*',
    operation: kafkajs.AclOperationTypes.READ,
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
    ...given,
  };
}

async function raw(topic: string, count: number): Promise<string[]> {
  const consumer = bareKafka().consumer({ groupId: fresh('raw'), maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const values = (await take(consumer, count)).map(text);
  await consumer.disconnect();
  return values;
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 50));
}
