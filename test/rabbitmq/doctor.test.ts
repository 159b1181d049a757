// `sealwire doctor` against a real RabbitMQ: a healthy installation, then each planted fault.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startBrokers } from '@sealwire/testing';
import { doctor } from '../doctor.ts';
import { bareRabbitmq, fixture, fresh } from '../fixture.ts';
import { confirmed, eventually, json, openStage, type Stage } from './stage.ts';

let management: string[];
beforeAll(() => {
  const { admin, managementUrl, folder } = fixture();
  const file = join(mkdtempSync(join(dirname(folder), 'management-')), 'password');
  writeFileSync(file, `${admin.password}\n`, { mode: 0o600 });
  management = [
    '--management',
    managementUrl!,
    '--management-user',
    admin.name,
    '--management-password-file',
    file,
  ];
});
const stages: Stage[] = [];
afterAll(async () => {
  for (const stage of stages) await stage.close();
});
async function staged(...options: Parameters<typeof openStage>): Promise<Stage> {
  const stage = await openStage(...options);
  stages.push(stage);
  return stage;
}

const broker = (url = fixture().rabbitmqUrl): string[] => ['--rabbitmq', url, '--agent', 'researcher'];
const variant = (stage: Stage, change: (text: string) => string): string => {
  const file = join(dirname(stage.policy), `${fresh('variant')}.yaml`);
  writeFileSync(file, change(readFileSync(stage.policy, 'utf8')));
  return file;
};
/** Who has no part in any channel has no events, and is not asked. */
const withIntern = (text: string): string => text.replace('from: [', 'from: [intern, ');

/** As the administrator, at the management API. */
async function manage(method: string, path: string, body: unknown): Promise<void> {
  const { admin, managementUrl } = fixture();
  const response = await fetch(`${managementUrl!}/api/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${admin.name}:${admin.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
}

test('a healthy installation has nothing to complain of but one copy, and nothing is written or taken to find it out', async () => {
  const stage = await staged({ queue: { arguments: { 'x-queue-type': 'quorum' } } });
  await confirmed(await stage.sender(), stage.queue, 'a');
  const asked = [...broker(), ...management];
  // Its users may do everything, for other tests.
  const { exitCode, complaints, of } = await doctor(stage.policy, ...asked, '--skip', 'acl');
  expect(complaints).toEqual(['warn queues type']);
  expect(of('queues', 'type').map(({ subject }) => subject)).toEqual([stage.deadLetters]);
  expect(exitCode).toBe(0);
  expect(of('queues', 'settings')).toMatchObject([
    {
      subject: stage.queue,
      verdict: 'ok',
      evidence: expect.stringMatching(/^quorum, durable, 1 messages wait/),
    },
  ]);
  expect(of('queues', 'binding')).toMatchObject([{ verdict: 'ok', evidence: `bound to ${stage.queue}` }]);
  expect(of('sasl', 'guest')[0]).toMatchObject({ verdict: 'ok', evidence: 'there is no user guest' });
  expect(of('clocks').find(({ subject }) => subject === 'rabbitmq')).toMatchObject({ verdict: 'ok' });
  for (const outlet of ['quarantine', 'audit'])
    expect(of(outlet, 'writable').filter(({ verdict }) => verdict === 'ok')).toMatchObject([
      { evidence: expect.stringContaining('for its expiration alone') },
    ]);
  expect(await stage.depth(stage.quarantine)).toBe(0);
  const message = await stage.raw(stage.queue);
  expect(message.fields.redelivered).toBe(false);
});

test('without the management API it says what it cannot know', async () => {
  const stage = await staged();
  const { complaints } = await doctor(stage.policy, ...broker(), '--skip', 'certificates');
  expect(complaints).toEqual([
    'unknown clocks broker',
    'unknown queues binding',
    'unknown queues settings',
    'unknown sasl guest',
  ]);
});

test('queues that are not there, do not last, or lose messages are told, and an exchange that leads nowhere', async () => {
  const [missing, brief, dropping, bounded, nowhere] = [
    'missing',
    'brief',
    'dropping',
    'bounded',
    'nowhere',
  ].map(fresh);
  const stage = await staged();
  const { bare } = stage;
  await bare.assertQueue(brief, { durable: false });
  await bare.assertQueue(dropping, { arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 5 } });
  await bare.assertQueue(bounded, { durable: true, maxLength: 10 });
  await bare.assertExchange(nowhere!, 'topic', { durable: true });
  const policy = variant(stage, (text) =>
    text
      .replace(`"${stage.deadLetters}"`, `"${missing}", "${brief}", "${dropping}", "${bounded}"`)
      .replaceAll(stage.exchange, nowhere!),
  );
  const { of } = await doctor(policy, ...broker(), ...management, '--only', 'queues');
  const told = of('queues')
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
    .map(({ verdict, check, subject }) => [verdict, check, subject]);
  expect(told).toEqual(
    expect.arrayContaining([
      ['fail', 'exists', missing],
      ['fail', 'durable', brief],
      ['fail', 'delivery limit', dropping],
      ['warn', 'length', bounded],
      ['warn', 'type', bounded],
      ['fail', 'binding', `${nowhere} #`],
    ]),
  );
  for (const name of [brief, dropping, bounded]) await bare.deleteQueue(name!);
});

test('a message that is not sealed is found where looking into queues is asked for, and given back', async () => {
  const stage = await staged();
  await confirmed(await stage.sender(), stage.queue, 'a');
  stage.bare.sendToQueue(stage.queue, json({ card: '4111 1111' }));
  await eventually(async () => (await stage.depth(stage.queue)) === 2);
  const words = [...broker(), '--only', 'sealed'];
  expect((await doctor(stage.policy, ...words)).of('sealed', 'messages')).toMatchObject([
    { verdict: 'skipped', fix: expect.stringContaining('--peek-queues') },
  ]);
  const { of, rows, exitCode } = await doctor(stage.policy, ...words, '--peek-queues');
  expect(exitCode).toBe(1);
  expect(of('sealed', 'messages').find(({ subject }) => subject === stage.queue)).toMatchObject({
    verdict: 'fail',
    evidence: '1 of the first 2 messages are NOT SEALED (ERR_FORMAT_NOT_SEALED)',
  });
  expect(JSON.stringify(rows)).not.toContain('4111');
  await eventually(async () => (await stage.depth(stage.queue)) === 2);
});

test('the word of a test message is nowhere in the broker’s files, where its sealed message is', async () => {
  const stage = await staged();
  const folders = fixture().dataFolders.rabbitmq.flatMap((folder) => ['--broker-data', folder]);
  const words = ['--rabbitmq', fixture().rabbitmqUrl, '--agent', 'orchestrator', '--only', 'sealed'];
  const { of } = await doctor(stage.policy, ...words, '--canary', 'orders', ...folders);
  expect(of('sealed', 'canary')).toMatchObject([{ verdict: 'ok', subject: `rabbitmq ${stage.queue}` }]);
  expect(of('sealed', 'disk')).toMatchObject([
    { verdict: 'ok', evidence: expect.stringContaining('word is nowhere') },
  ]);
  expect(await stage.depth(stage.queue)).toBe(1);
  // What is in clear would have been found.
  const plain = fresh('plain');
  await stage.bare.assertQueue(plain, { durable: true });
  const { searchFiles } = await import('../../packages/cli/src/doctor/search-files.ts');
  const marker = Buffer.from(fresh('marker-in-clear-that-is-looked-for'));
  const admin = await bareRabbitmq();
  const sender = await admin.createConfirmChannel();
  sender.sendToQueue(plain, marker, { persistent: true });
  await sender.waitForConfirms();
  await admin.close();
  const counts = await Promise.all(
    fixture().dataFolders.rabbitmq.map((folder) =>
      searchFiles(folder, new Map([['marker', marker]]), Infinity),
    ),
  );
  expect(counts.reduce((sum, { found }) => sum + found.get('marker')!, 0)).toBeGreaterThan(0);
  await stage.bare.deleteQueue(plain);
});

test('an agent that may not write to audit is told, and no event is written to find it out', async () => {
  const stage = await staged();
  const closed = fresh('closed');
  await stage.bare.assertExchange(closed, 'topic', { durable: true });
  const queue = await stage.bare.assertQueue(closed, { durable: true });
  await stage.bare.bindQueue(queue.queue, closed, '#');
  // Of this name only, so that other tests go on.
  const all = { configure: '.*', write: '.*', read: '.*' };
  await manage('PUT', 'permissions/%2F/intern', { ...all, write: `^(?!${closed}).*$` });
  try {
    const policy = variant(stage, (text) => withIntern(text.replaceAll(stage.audit, closed)));
    const words = ['--rabbitmq', fixture().rabbitmqUrl, '--agent', 'intern', '--only', 'audit'];
    const { of } = await doctor(policy, ...words);
    expect(of('audit', 'writable').find(({ verdict }) => verdict === 'fail')).toMatchObject({
      subject: `intern to exchange ${closed}`,
      evidence: 'may not write to the exchange',
    });
    expect(await stage.depth(closed)).toBe(0);
  } finally {
    await manage('PUT', 'permissions/%2F/intern', all);
  }
});

test('an exchange of notices that is not there, or may not be written to or read, is told', async () => {
  const notices = fresh('notices');
  const stage = await staged({ auditMore: `, checkpoint: { exchange: ${notices} }` });
  const policy = variant(stage, withIntern);
  const told = async (agent: string) => {
    const words = ['--rabbitmq', fixture().rabbitmqUrl, '--agent', agent, '--only', 'audit'];
    return (await doctor(policy, ...words)).of('audit', 'notices');
  };
  const subject = `intern to exchange ${notices}`;
  expect(await told('intern')).toMatchObject([
    { subject, verdict: 'warn', fix: 'Declare a durable fanout exchange of that name.' },
  ]);
  await stage.bare.assertExchange(notices, 'fanout', { durable: true });
  const { queue } = await stage.bare.assertQueue('', { exclusive: true });
  await stage.bare.bindQueue(queue, notices, '');
  expect(await told('intern')).toMatchObject([{ subject, verdict: 'ok' }]);
  // Of this name only, so that other tests go on.
  const all = { configure: '.*', write: '.*', read: '.*' };
  await manage('PUT', 'permissions/%2F/intern', { ...all, write: `^(?!${notices}).*$` });
  try {
    expect(await told('intern')).toMatchObject([
      { subject, verdict: 'warn', fix: 'Allow write on the exchange (sealwire acl).' },
    ]);
    expect(await stage.depth(queue)).toBe(0);
    await manage('PUT', 'permissions/%2F/intern', { ...all, read: `^(?!${notices}).*$` });
    expect(await told('intern')).toMatchObject([
      { subject, verdict: 'warn', fix: 'Allow read on the exchange (sealwire acl).' },
    ]);
    await manage('PUT', 'permissions/%2F/intern', { ...all, write: '^(?!sealwire-notices-).*$' });
    expect(await told('intern')).toMatchObject([
      { subject, verdict: 'warn', fix: expect.stringContaining('sealwire-notices-intern:') },
    ]);
    await manage('PUT', 'permissions/%2F/intern', all);
    expect(await told('intern')).toMatchObject([{ subject, verdict: 'ok' }]);
  } finally {
    await manage('PUT', 'permissions/%2F/intern', all);
  }
});

test('a listener without TLS of a real broker is found', async () => {
  const { tls, folder, admin } = fixture();
  const stage = await staged();
  const brokers = await startBrokers({
    folder: mkdtempSync(join(dirname(folder), 'plaintext-')),
    tls: {
      caFile: tls.caFile,
      certFile: join(folder, 'tls', 'broker.crt'),
      keyFile: join(folder, 'tls', 'broker.key'),
    },
    admin,
    users: [],
    want: ['rabbitmq'],
    plaintext: true,
  });
  try {
    const { port } = new URL(brokers.rabbitmq!.plaintextUrl!);
    const words = [...broker(brokers.rabbitmq!.url), '--only', 'listeners', '--ports', port];
    expect((await doctor(stage.policy, ...words)).of('listeners')).toMatchObject([
      { subject: 'kafka', verdict: 'skipped' },
      { verdict: 'ok' },
      {
        subject: `localhost:${port}`,
        verdict: 'fail',
        evidence: expect.stringContaining('AMQP WITHOUT TLS'),
        fix: expect.stringContaining('listeners.tcp = none'),
      },
    ]);
  } finally {
    await brokers.stop();
  }
});
