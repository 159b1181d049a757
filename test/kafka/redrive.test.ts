// `sealwire quarantine redrive` over a real broker, from rejection to delivery.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { origin } from '@sealwire/kafka';
import type { KafkaMessage, Message } from 'kafkajs';
import { command, jsonLines } from '../command.ts';
import { bareKafka, fixture } from '../fixture.ts';
import { redrivePolicy, type RedrivePolicy } from '../redrive-policy.ts';
import { committedTo, openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
let policy: RedrivePolicy;
beforeEach(async () => {
  stage = await openStage({ partitions: 2, byReference: true, clearHeaders: ['tenant'], watch: false });
  policy = redrivePolicy(stage.policy);
});
afterEach(() => stage.close());

interface Result {
  readonly id: string;
  readonly redriven: boolean;
  readonly reason: string | null;
  readonly sender: string | null;
}

async function redrive(...words: string[]): Promise<{ exitCode: number; results: Result[]; err: string }> {
  const { exitCode, out, err } = await command(
    ...['quarantine', 'redrive', '--json', ...words, '--kafka', fixture().kafka.join(',')],
    ...['--policy', stage.policy, ...(words.includes('--agent') ? [] : ['--agent', 'intern'])],
  );
  return { exitCode, results: jsonLines<Result>(out).slice(0, -1), err };
}

async function sendBare(topic: string, messages: Message[]): Promise<void> {
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic, messages });
  await bare.disconnect();
}

/** The researcher reads up to an offset of partition 0, taking nothing of the orchestrator’s. */
async function reject(upTo: string): Promise<void> {
  policy.refuse();
  const consumer = await stage.consumer();
  const done = committedTo(consumer, upTo);
  await consumer.run({ eachMessage: () => Promise.reject(new Error('nothing should come')) });
  await done;
  await consumer.disconnect();
  policy.cure();
}

const copyOf = ({ value, key, headers }: KafkaMessage, partition = 0): Message => ({
  value,
  key,
  headers: headers ?? {},
  partition,
});

describe('what was rejected and is cured', () => {
  test('is delivered as its sender sealed it, tombstones too, and told by whom it was re-driven', async () => {
    const producer = await stage.producer();
    const headers = { tenant: 'acme', inside: 'x' };
    await producer.send({
      topic: stage.topic,
      messages: [
        { key: 'k', value: 'a', headers, partition: 0 },
        { key: 'k', value: null, headers: { tenant: 'acme' }, partition: 0 },
      ],
    });
    await reject('2');
    const dry = await redrive('--all', '--dry-run');
    expect([dry.exitCode, dry.results.map(({ reason }) => reason)]).toEqual([
      1,
      ['it would be re-driven', 'it would be re-driven'],
    ]);
    expect(await redrive('--all', '--code', 'ERR_POLICY_SENDER')).toMatchObject({
      exitCode: 0,
      err: '',
      results: [
        { redriven: true, sender: 'orchestrator' },
        { redriven: true, sender: 'orchestrator' },
      ],
    });
    const consumer = await stage.consumer();
    const done = committedTo(consumer, '4');
    const [first, second] = await take(consumer, 2);
    await done;
    expect(text(first!)).toBe('a');
    expect(first!.message).toMatchObject({ key: Buffer.from('k'), offset: '2' });
    expect(Object.entries(first!.message.headers!).map(([name, value]) => [name, String(value)])).toEqual([
      ['inside', 'x'],
      ['tenant', 'acme'],
    ]);
    expect(second!.message).toMatchObject({ key: Buffer.from('k'), value: null });
    expect(origin(first!.message)).toMatchObject({ sender: 'orchestrator', redrivenBy: 'intern' });
    const [told] = await stage.audited('quarantine.redriven', 2);
    const [received] = await stage.audited('message.received', 2);
    expect(told).toMatchObject({
      sender_id: 'intern',
      original_sender: 'orchestrator',
      rejected_by: 'researcher',
    });
    expect(received).toMatchObject({
      sender_id: 'orchestrator',
      redriven_by: 'intern',
      redriven_in: told!['redriven_in'],
      message_hash: told!['message_hash'],
      rejected_for: 'ERR_POLICY_SENDER',
    });
  });

  test('[Q-12] is not re-driven twice unless the operator insists', async () => {
    await sendValues(await stage.producer(), stage.topic, ['a']);
    await reject('1');
    expect((await redrive('--all')).results).toMatchObject([{ redriven: true }]);
    const second = await redrive('--all');
    expect(second).toMatchObject({ exitCode: 1, results: [{ redriven: false }] });
    expect(second.results[0]!.reason).toContain('intern re-drove it at');
    expect((await redrive('--all', '--again')).results).toMatchObject([{ redriven: true }]);
  });

  test('[Q-12] a note that no operator has signed keeps nothing from being re-driven', async () => {
    await sendValues(await stage.producer(), stage.topic, ['a']);
    await reject('1');
    expect((await redrive('--all')).results).toMatchObject([{ redriven: true }]);
    const notes = (await stage.raw(stage.quarantine, 3)).filter(
      ({ headers }) => headers!['sealwire-note-key'],
    );
    expect(notes.map(({ value }) => (JSON.parse(value!.toString()) as { redrive: string }).redrive)).toEqual([
      'sending',
      'sent',
    ]);
    const other = await openStage();
    try {
      // The same record elsewhere, with a note that was changed.
      const [record] = await stage.raw(stage.quarantine, 1);
      const forged = notes.map((note) => ({
        ...copyOf(note),
        value: note.value!.toString().replace('"at":"2', '"at":"3'),
      }));
      await sendBare(other.quarantine, [copyOf(record!), ...forged]);
      const named = readFileSync(stage.policy, 'utf8').replace(stage.quarantine, other.quarantine);
      writeFileSync(stage.policy, named);
      expect((await redrive('--all', '--code', 'ERR_POLICY_')).results).toMatchObject([{ redriven: true }]);
    } finally {
      await other.close();
    }
  });
});

describe('[Q-13] copies', () => {
  test('of one message that were all rejected are re-driven once', async () => {
    await sendValues(await stage.producer(), stage.topic, ['a']);
    const [wire] = await stage.raw(stage.topic, 1);
    await sendBare(stage.topic, [copyOf(wire!)]);
    await reject('2');
    const { results } = await redrive('--all');
    expect(results.filter(({ redriven }) => redriven)).toHaveLength(1);
    expect(results.find(({ redriven }) => !redriven)!.reason).toContain('the same message as');
    const consumer = await stage.consumer();
    const done = committedTo(consumer, '3');
    expect((await take(consumer, 1)).map(text)).toEqual(['a']);
    await done;
  });

  test('that may have been accepted keep a message from being re-driven', async () => {
    await sendValues(await stage.producer(), stage.topic, ['a']);
    const consumer = await stage.consumer();
    const done = committedTo(consumer, '1');
    expect((await take(consumer, 1)).map(text)).toEqual(['a']);
    await done;
    await consumer.disconnect();
    const [wire] = await stage.raw(stage.topic, 1);
    await sendBare(stage.topic, [copyOf(wire!)]);
    await reject('2');
    const { exitCode, results } = await redrive('--all');
    expect([exitCode, results[0]!.redriven]).toEqual([1, false]);
    expect(results[0]!.reason).toContain('it also lies at');
  });
});

test('an insider who copies carriers and re-driven messages gets none of them taken again', async () => {
  const producer = await stage.producer();
  await sendValues(producer, stage.topic, ['a']);
  await reject('1');
  expect((await redrive('--all')).results).toMatchObject([{ redriven: true }]);
  const first = await stage.consumer();
  const done = committedTo(first, '2');
  expect((await take(first, 1)).map(text)).toEqual(['a']);
  await done;
  await first.disconnect();
  const [original, carrier] = await stage.raw(stage.topic, 2);
  const elsewhere = await openStage();
  await sendBare(stage.topic, [copyOf(carrier!), copyOf(original!), copyOf(carrier!, 1)]);
  await sendBare(elsewhere.topic, [copyOf(carrier!)]);
  await sendValues(producer, stage.topic, ['b']);
  const second = await stage.consumer();
  const read = [committedTo(second, '5'), committedTo(second, '1', 1)];
  expect((await take(second, 1)).map(text)).toEqual(['b']);
  await Promise.all(read);
  const known = await stage.audited(
    'message.duplicate',
    2,
    ({ topic, partition }) => topic === stage.topic && partition === 0,
  );
  expect(known.map(({ offset, outcome }) => [offset, outcome])).toEqual([
    ['2', 'skipped'],
    ['3', 'skipped'],
  ]);
  await stage.audited(
    'message.rejected',
    1,
    ({ code, partition }) => code === 'ERR_POLICY_PARTITION' && partition === 1,
  );
  const other = await elsewhere.consumer();
  const there = committedTo(other, '1');
  await other.run({ eachMessage: () => Promise.reject(new Error('nothing should come')) });
  await there;
  await elsewhere.audited('message.rejected', 1, ({ code }) => String(code).startsWith('ERR_POLICY_'));
  await elsewhere.close();
});

describe('nothing is re-driven', () => {
  test('by an agent that the policy does not name', async () => {
    await sendValues(await stage.producer(), stage.topic, ['a']);
    await reject('1');
    const other = await redrive('--all', '--agent', 'orchestrator');
    expect([other.exitCode, other.results]).toEqual([1, []]);
    policy.withoutOperator();
    expect((await redrive('--all')).exitCode).toBe(1);
  });

  test('that the policy would still refuse, that is junk, or that somebody else put into quarantine', async () => {
    await sendValues(await stage.producer(), stage.topic, ['a', 'b']);
    await sendBare(stage.topic, [{ value: 'junk', partition: 0 }]);
    await reject('3');
    const kept = await stage.raw(stage.quarantine, 3);
    const planted = kept.find(({ headers }) => String(headers!['sealwire-offset']) === '1')!;
    await sendBare(stage.quarantine, [
      { value: 'by hand' },
      {
        key: planted.key,
        value: planted.value,
        headers: { ...planted.headers, 'sealwire-evidence': Buffer.from('none') },
      },
    ]);
    policy.refuse();
    const refused = (await redrive('--all')).results;
    policy.cure();
    expect(refused.every(({ redriven }) => !redriven)).toBe(true);
    expect(
      refused.filter(({ reason }) => reason!.includes('it would be refused: ERR_POLICY_SENDER')),
    ).toHaveLength(2);
    const reasons = (await redrive('--all', '--dry-run')).results.map(({ reason }) => reason!);
    for (const part of [
      'nothing can cure',
      'not written by an adapter',
      'evidence of its rejection is malformed',
    ])
      expect(reasons.filter((reason) => reason.includes(part))).toHaveLength(1);
  });

  test('without saying which', async () => {
    expect((await redrive()).exitCode).toBe(2);
    expect((await redrive('--all', '0@1')).exitCode).toBe(2);
    expect((await redrive('0@999')).results).toMatchObject([{ redriven: false }]);
  });
});
