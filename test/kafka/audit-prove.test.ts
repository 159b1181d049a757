// `sealwire audit prove` over a broker: the trail from its topic, and the message from the place that its events name.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { inspect } from '@sealwire/envelope';
import { bareKafka, createTopics, fixture, fresh, withAdmin } from '../fixture.ts';
import { command } from '../../packages/cli/test/made.ts';
import { writerOf } from '../../packages/cli/test/proof-fixture.ts';
import { TestChain } from '../../packages/audit/test/proof/test-chain.ts';
import { openStage, type Stage } from './stage.ts';

const stages: Stage[] = [];
afterAll(async () => {
  for (const stage of stages) await stage.close();
});

const trust = () => {
  const { folder, rootKey } = fixture();
  return ['--directory', join(folder, 'directory.jsonl'), '--root-key', rootKey];
};

describe.each([false, true])('where messages go by reference: %s', (byReference) => {
  test('a message that was sent is proven with its own signature, until its record is gone', async () => {
    const stage = await openStage({ byReference });
    stages.push(stage);
    const producer = await stage.producer();
    await producer.send({
      topic: stage.topic,
      messages: [
        { key: 'k', value: '{"n":0}' },
        { key: 'k', value: null },
      ],
    });
    const brokers = fixture().kafka.join(',');
    const who = ['--brokers', brokers, '--policy', stage.policy, '--agent', 'researcher'];
    const exported = await command('export', '--topic', stage.topic, ...who);
    const record = JSON.parse(exported.out.split('\n')[0]!) as { value: string; offset: string };
    const kept = { value: Buffer.from(record.value, 'base64'), key: Buffer.from('k'), headers: [] };
    const hash = inspect(kept).hashes!.message;

    // The trail as SPEC.md says that its writer makes it, in a topic of its own.
    const topic = fresh('trail');
    await createTopics([topic]);
    const chain = new TestChain(writerOf(fixture().folder, 'orchestrator'), 'a1'.repeat(16), Date.now());
    chain.add('audit.started');
    chain.add('message.sent', {
      ...{
        sender_id: 'orchestrator',
        recipient_id: 'team',
        message_type: 'agent.message',
        message_hash: hash,
      },
      ...{ channel: 'orders', encryption_status: 'sealed', outcome: 'acknowledged' },
      ...{ topic: stage.topic, partition: 0, baseOffset: '0' },
    });
    chain.checkpoint();
    const bare = bareKafka().producer();
    await bare.connect();
    await bare.send({ topic, messages: chain.lines.map((value) => ({ key: chain.id, value })) });

    const proof = join(dirname(stage.policy), `proof-${byReference}.json`);
    const prove = () =>
      command('audit', 'prove', hash, '--topic', topic, ...who, '--with-record', '--out', proof, '--json');
    const made = await prove();
    expect([made.exitCode, JSON.parse(made.out)]).toEqual([
      0,
      expect.objectContaining({
        sender: 'orchestrator',
        signature: expect.objectContaining({
          by: 'orchestrator',
          message: expect.objectContaining({ channel: 'orders', partition: 0 }),
        }),
        notes: [],
      }),
    ]);
    expect((await command('audit', 'check-proof', proof, ...trust())).exitCode).toBe(0);
    expect(readFileSync(proof, 'utf8')).not.toContain('"n":0');

    await withAdmin(async (admin) => {
      // Makes kafkajs look for the topic’s leaders first.
      await admin.fetchTopicOffsets(stage.topic);
      await admin.deleteTopicRecords({ topic: stage.topic, partitions: [{ partition: 0, offset: '-1' }] });
    });
    await bare.disconnect();
    const gone = JSON.parse((await prove()).out) as { notes: string[] };
    expect(gone).toMatchObject({ proven: true, signature: null });
    expect(gone.notes.join()).toContain('not at');
    expect((await command('audit', 'check-proof', proof, ...trust())).exitCode).toBe(0);
  });
});
