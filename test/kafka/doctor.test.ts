// `sealwire doctor` against a real Kafka: a healthy installation, then each planted fault.
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answersKafka, kafkaHello, kafkaMechanisms, kafkaSaslHello } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import { doctor } from '../doctor.ts';
import { bareKafka, createTopics, fixture, fresh, withAdmin } from '../fixture.ts';
import { openStage, sendValues, type Stage } from './stage.ts';

const brokers = (): string[] => ['--kafka', fixture().kafka.join(',')];
const as = (agent: string): string[] => ['--agent', agent];

async function bareSend(
  topic: string,
  value: string,
  compression = kafkajs.CompressionTypes.None,
): Promise<void> {
  const producer = bareKafka().producer();
  await producer.connect();
  await producer.send({ topic, compression, messages: [{ value, partition: 0 }] });
  await producer.disconnect();
}

/** What a policy over a stage’s topics says of messages that a canary can be. */
const asJson = (stage: Stage): string =>
  stage.variant((text) => text.replaceAll('application/octet-stream', 'application/json'));

describe('a healthy installation', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ topicConfig: { 'message.timestamp.type': 'LogAppendTime' } });
    await sendValues(await stage.producer(), stage.topic, ['{"n":1}', null, '{"n":2}']);
    await stage.audited('message.sent', 3);
  });
  afterAll(() => stage.close());

  test('has nothing but the honest warnings of one broker, and nothing is written to any topic', async () => {
    const ends = () =>
      withAdmin((admin) =>
        Promise.all(
          [stage.topic, stage.quarantine, stage.audit].map((topic) =>
            admin.fetchTopicOffsets(topic).then((offsets) => offsets.map(({ high }) => high)),
          ),
        ),
      );
    const before = await ends();
    const { exitCode, complaints, of } = await doctor(
      stage.policy,
      ...brokers(),
      ...as('researcher'),
      '--skip',
      'acl',
    );
    expect(complaints).toEqual([
      'unknown clocks broker',
      'unknown topics broker',
      'warn audit replication',
      'warn quarantine replication',
      'warn quarantine size',
      'warn sasl offered',
      'warn topics replication',
    ]);
    expect(exitCode).toBe(0);
    expect(of('sealed', 'records')).toMatchObject([
      { subject: stage.topic, verdict: 'ok', evidence: 'the last 3 records are sealed messages' },
    ]);
    for (const outlet of ['quarantine', 'audit'])
      expect(of(outlet, 'writable').filter(({ verdict }) => verdict === 'ok')).toMatchObject([
        { evidence: expect.stringContaining('for its size alone') },
      ]);
    expect(await ends()).toEqual(before);
  });

  test('says so in the broker’s files, and tells the clock, with a test message that nobody can read there', async () => {
    const folders = fixture().dataFolders.kafka.flatMap((folder) => ['--broker-data', folder]);
    const { of, exitCode } = await doctor(
      asJson(stage),
      ...[...brokers(), ...as('orchestrator'), '--only', 'sealed,clocks', '--canary', 'orders', ...folders],
    );
    expect(exitCode).toBe(0);
    expect(of('sealed', 'canary')).toMatchObject([{ verdict: 'ok', subject: `kafka ${stage.topic} 0@3` }]);
    expect(of('clocks')[0]).toMatchObject({ verdict: 'ok', subject: 'kafka' });
    const disk = of('sealed', 'disk');
    expect(disk.find(({ subject }) => subject.endsWith(`${stage.topic}-0`))).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringMatching(/^4 records in 1 segment files are sealed/),
    });
    expect(disk.at(-1)!.evidence).toContain('the test message’s word is nowhere');
  });
});

describe('a record that is not sealed', () => {
  test.each([
    ['as it is', kafkajs.CompressionTypes.None],
    ['in a compressed batch', kafkajs.CompressionTypes.GZIP],
  ])('%s is found over the wire, and on the disk', async (_, compression) => {
    const stage = await openStage();
    try {
      await sendValues(await stage.producer(), stage.topic, ['{"n":1}']);
      await bareSend(stage.topic, '{"card":"4111 1111"}', compression);
      const folders = fixture().dataFolders.kafka.flatMap((folder) => ['--broker-data', folder]);
      const words = [...brokers(), ...as('researcher'), '--only', 'sealed', ...folders];
      const { exitCode, of, rows } = await doctor(stage.policy, ...words);
      expect(exitCode).toBe(1);
      expect(of('sealed', 'records')[0]).toMatchObject({
        verdict: 'fail',
        evidence: expect.stringMatching(
          /^1 of the last 2 records are NOT SEALED, such as 0@1 \(ERR_FORMAT_NOT_SEALED\)/,
        ),
        fix: expect.stringContaining('Find out who wrote it'),
      });
      expect(of('sealed', 'disk')[0]).toMatchObject({
        verdict: 'fail',
        evidence: expect.stringMatching(/^1 records on the disk are NOT SEALED, such as offset 1 /),
      });
      expect(JSON.stringify(rows)).not.toContain('4111');
    } finally {
      await stage.close();
    }
  });
});

describe('topics', () => {
  test('that are not there, or forget too early, are told with what to type', async () => {
    const missing = fresh('missing');
    const stage = await openStage({ topicConfig: { 'retention.ms': '60000' } });
    try {
      const policy = stage.variant((text) =>
        text.replace(`[${JSON.stringify(stage.topic)}]`, `["${stage.topic}", "${missing}"]`),
      );
      const { of } = await doctor(policy, ...brokers(), ...as('researcher'), '--only', 'topics');
      expect(of('topics', 'retention')).toMatchObject([
        { verdict: 'fail', subject: stage.topic, fix: expect.stringContaining('retention.ms=86400000') },
      ]);
      expect(of('topics', 'exists')).toMatchObject([
        { verdict: 'fail', subject: missing, fix: expect.stringContaining(`--create --topic ${missing}`) },
      ]);
    } finally {
      await stage.close();
    }
  });

  test('of audit that an agent may not write to is told, and nothing is written to find it out', async () => {
    const stage = await openStage();
    const audit = fresh('closed');
    try {
      const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
      await createTopics([audit]);
      await withAdmin(async (admin) => {
        await admin.createAcls({
          acl: [
            {
              resourceType: AclResourceTypes.TOPIC,
              resourceName: audit,
              resourcePatternType: ResourcePatternTypes.LITERAL,
              principal: 'User:researcher',
              host: '*',
              operation: AclOperationTypes.WRITE,
              permissionType: AclPermissionTypes.DENY,
            },
          ],
        });
      });
      const policy = stage.variant((text) => text.replaceAll(stage.audit, audit));
      const words = [...brokers(), ...as('researcher'), '--only', 'audit'];
      // The broker takes up rights by and by.
      let writable = (await doctor(policy, ...words)).of('audit', 'writable');
      for (let i = 0; i < 50 && writable[0]?.verdict !== 'fail'; i++)
        writable = (await doctor(policy, ...words)).of('audit', 'writable');
      expect(writable[0]).toMatchObject({
        verdict: 'fail',
        subject: `researcher to topic ${audit}`,
        fix: expect.stringContaining('Allow Write'),
      });
      const [end] = await withAdmin((admin) => admin.fetchTopicOffsets(audit));
      expect(end!.high).toBe('0');
    } finally {
      await stage.close();
    }
  });
});

test('a topic of notices that is not there is told', async () => {
  const notices = fresh('notices');
  const stage = await openStage({ auditMore: `, checkpoint: { topic: ${notices} }` });
  const told = async () =>
    (await doctor(stage.policy, ...brokers(), ...as('researcher'), '--only', 'audit')).of('audit', 'notices');
  try {
    expect(await told()).toMatchObject([
      { verdict: 'warn', fix: expect.stringContaining(`--create --topic ${notices}`) },
    ]);
    await createTopics([notices], 1, { 'compression.type': 'uncompressed' });
    expect(await told()).toMatchObject([{ subject: `topic ${notices}`, verdict: 'ok' }]);
  } finally {
    await stage.close();
  }
});

test('access control that is not the policy’s is told, and who may not ask is told so', async () => {
  const stage = await openStage();
  try {
    const words = [...brokers(), ...as('researcher'), '--only', 'acl'];
    expect((await doctor(stage.policy, ...words)).complaints).toEqual(['unknown acl drift']);
    const { complaints, of } = await doctor(stage.policy, ...words, '--admin', 'admin');
    expect(complaints).toContain('fail acl drift');
    expect(of('acl', 'drift').some(({ fix }) => fix?.includes('sealwire acl apply'))).toBe(true);
  } finally {
    await stage.close();
  }
});

test('a broker that is away is a row; what needs it is not looked at, and nothing crashes', async () => {
  const stage = await openStage();
  try {
    const { exitCode, rows, of } = await doctor(stage.policy, '--kafka', 'localhost:1', ...as('researcher'));
    expect(exitCode).toBe(1);
    expect(of('certificates', 'broker')[0]).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('ECONNREFUSED'),
    });
    expect(of('sasl', 'login')[0]).toMatchObject({ verdict: 'skipped' });
    expect(
      rows.filter(
        ({ group, verdict }) => /^(topics|audit|sealed|clocks|acl)$/.test(group) && verdict === 'ok',
      ),
    ).toEqual([]);
  } finally {
    await stage.close();
  }
});

test('the first words that a listener is asked are answered by a real one', async () => {
  const { tls, kafka } = fixture();
  const [host, port] = kafka[0]!.split(':');
  const asked = (words: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      const socket = connect(
        {
          host,
          port: Number(port),
          ca: readFileSync(tls.caFile),
          cert: readFileSync(tls.adminCertFile),
          key: readFileSync(tls.adminKeyFile),
        },
        () => void socket.write(words),
      );
      socket.once('data', (bytes: Buffer) => {
        resolve(bytes);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  expect(answersKafka(await asked(kafkaHello()))).toBe(true);
  expect(kafkaMechanisms(await asked(kafkaSaslHello()))).toEqual(
    expect.arrayContaining(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN']),
  );
});
