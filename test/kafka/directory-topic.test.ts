// The directory in a Kafka topic: read to its end, followed, and published to.
import { afterEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DirectorySource, DirectorySourceParts } from '@sealwire/core';
import { keptLines, maxLineBytes, maxSourceBytes, peekedLine } from '@sealwire/identity';
import { kafkaDirectory, secureKafka } from '@sealwire/kafka';
import { loadPolicy, openConnectionGuard } from '@sealwire/policy';
import kafkajs from 'kafkajs';
import { openSealwire } from 'sealwire';
import { bareKafka, createTopics, fixture, fresh, withAdmin } from '../fixture.ts';
import { keptForEver, openStage, take, text, type Stage } from './stage.ts';

let stage: Stage;
const closing: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0).reverse()) await each.close();
  await stage.close();
});

const signedLines = () =>
  readFileSync(join(fixture().folder, 'directory.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(line));

async function write(topic: string, lines: readonly (Buffer | string)[]): Promise<void> {
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic, messages: lines.map((value) => ({ value, partition: 0 })) });
  await bare.disconnect();
}

/** A source as the facade opens it, for an agent. */
function sourceOf(topic: string, agent = 'researcher'): DirectorySource {
  const policy = loadPolicy(stage.policy, { agent });
  const parts: DirectorySourceParts = {
    agent,
    connection: (transport) => openConnectionGuard(policy, transport, agent),
    keptLines,
    peekedLine,
    maxLineBytes,
    maxSourceBytes,
  };
  const { NOTHING } = kafkajs.logLevel;
  const source = kafkaDirectory({ brokers: fixture().kafka, topic, logLevel: NOTHING })(parts);
  closing.push(source);
  return source;
}

async function topicWith(lines: readonly (Buffer | string)[], config: Record<string, string> = keptForEver) {
  const topic = fresh('directory');
  await createTopics([topic], 1, config);
  if (lines.length > 0) await write(topic, lines);
  return topic;
}

describe('the directory in a topic', () => {
  test('is known before anything is sealed, over the connection that the policy asks for', async () => {
    stage = await openStage();
    const topic = await topicWith(['junk', ...signedLines()]);
    const directory = kafkaDirectory({ brokers: fixture().kafka, topic, logLevel: kafkajs.logLevel.NOTHING });
    const open = async (agent: string) => {
      const sealwire = await openSealwire(stage.policy, { agent, directory });
      closing.push(sealwire);
      return secureKafka(sealwire, {
        clientId: agent,
        brokers: fixture().kafka,
        logLevel: kafkajs.logLevel.NOTHING,
      });
    };
    const producer = stage.closes((await open('orchestrator')).producer());
    await producer.connect();
    await producer.send({ topic: stage.topic, messages: [{ value: 'a' }] });
    const consumer = stage.closes(
      (await open('researcher')).consumer({ groupId: stage.group, maxWaitTimeInMs: 200 }),
    );
    await consumer.connect();
    await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
    expect((await take(consumer, 1)).map(text)).toEqual(['a']);
  });

  test('is read to the end that it has when it is asked for, and says what is new', async () => {
    stage = await openStage();
    const lines = signedLines();
    const topic = await topicWith(lines.slice(0, 1));
    const source = sourceOf(topic);
    expect((await source.read(false)).lines).toEqual(lines.slice(0, 1));
    expect((await source.read(false)).lines).toBeNull();
    const changed = new Promise<void>((resolve) => source.watch(resolve));
    await write(topic, lines.slice(1));
    await changed;
    expect((await source.read(false)).lines).toEqual(lines);
    expect((await source.read(true)).lines).toEqual(lines);
    expect(source.lagMs).toBe(0);
  });

  test('takes a line where nobody was faster, and says where somebody was', async () => {
    stage = await openStage();
    const lines = signedLines();
    const topic = await topicWith(lines.slice(0, 1));
    const source = sourceOf(topic, 'orchestrator');
    await source.publish!(lines[1]!);
    expect((await sourceOf(topic).read(false)).lines).toEqual(lines.slice(0, 2));
    const other = Buffer.from(lines[1]!.toString().replace(/"signature":"./, '"signature":"_'));
    await expect(source.publish!(other)).rejects.toMatchObject({
      code: 'ERR_KEY_DIRECTORY',
      facts: { reason: 'superseded' },
    });
    // What is there already is only written again.
    await source.publish!(lines[1]!);
  });

  test('cannot be relied on while its topic is away, and is read again when it is back', async () => {
    stage = await openStage();
    const lines = signedLines();
    const topic = await topicWith(lines);
    const source = sourceOf(topic);
    await source.read(true);
    await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
    await expect(source.read(true)).rejects.toMatchObject({ code: 'ERR_UNABLE_DIRECTORY' });
    await createTopics([topic], 1, keptForEver);
    await write(topic, lines);
    // A broker may say for a moment more that it does not host the topic: who asks again has it.
    const readAgain = async () => (await source.read(true).catch(() => null))?.lines ?? null;
    let read = await readAgain();
    for (const endMs = Date.now() + 300_000; read === null && Date.now() < endMs;) {
      await delay(200);
      read = await readAgain();
    }
    expect(read).toEqual(lines);
  });

  test.each([
    ['compacted', { 'cleanup.policy': 'compact' }, 'cleanup.policy=delete'],
    ['limited by size', { ...keptForEver, 'retention.bytes': '1000' }, 'retention.bytes=-1'],
    ['kept for an hour', { 'retention.ms': '3600000' }, 'retention.ms=-1'],
  ])('is refused where its topic is %s, with what to type', async (_, config, command) => {
    stage = await openStage();
    const source = sourceOf(await topicWith([], config));
    await expect(source.read(true)).rejects.toMatchObject({
      code: 'ERR_USAGE_TOPIC',
      message: expect.stringContaining(command),
    });
  });
});
