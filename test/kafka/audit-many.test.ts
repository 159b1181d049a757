// Many events at once: packed in a thread beside, and the same on the topic as few are.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { auditEvent } from '../audit-event.ts';
import { command, jsonLines } from '../command.ts';
import { fixture, withAdmin } from '../fixture.ts';
import { openStage, type Stage } from './stage.ts';

const messages = 6_000;
let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ auditMore: ', checkpoint: { events: 1000 }' });
});
afterAll(() => stage.close());

async function sendMany(): Promise<void> {
  const producer = await stage.producer();
  for (let sent = 0; sent < messages; sent += 500)
    await producer.send({
      topic: stage.topic,
      messages: Array.from({ length: 500 }, (_, i) => ({ value: JSON.stringify({ number: sent + i }) })),
    });
}

/** @returns how many messages' events there are, and how many messages: waits until the topic has so many records */
async function sentHashes(count: number): Promise<[number, number]> {
  let records = 0;
  while (records < count) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const offsets = await withAdmin((admin) => admin.fetchTopicOffsets(stage.audit));
    records = offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }
  let events: Record<string, unknown>[];
  do {
    const read = await stage.raw(stage.audit, records);
    events = read
      .map(({ value }): Record<string, unknown> => auditEvent(value!))
      .filter(({ kind }) => kind === 'message.sent');
    records++;
  } while (events.length < count);
  return [events.length, new Set(events.map(({ message_hash: hash }) => hash)).size];
}

/** What `sealwire audit verify` finds wrong with the topic. */
async function findings(): Promise<unknown[]> {
  const { out } = await command(
    'audit',
    'verify',
    ...['--topic', stage.audit, '--brokers', fixture().kafka.join(',')],
    ...['--policy', stage.policy, '--agent', 'researcher', '--no-reconcile', '--json'],
  );
  const lines = jsonLines<{ readonly severity?: string; readonly events?: number }>(out);
  expect(lines.at(-1)!.events).toBeGreaterThan(messages);
  return lines.filter(({ severity }) => severity === 'finding');
}

describe('an audit topic that much is written to', () => {
  test('has one event of each message, in record batches of hundreds that verify', async () => {
    await sendMany();
    expect(await sentHashes(messages)).toEqual([messages, messages]);
    expect(await findings()).toEqual([]);
  });

  test('that takes small batches only has them all too', async () => {
    await withAdmin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: stage.audit,
            configEntries: [{ name: 'max.message.bytes', value: '20000' }],
          },
        ],
      }),
    );
    await sendMany();
    expect(await sentHashes(2 * messages)).toEqual([2 * messages, 2 * messages]);
    expect(await findings()).toEqual([]);
  });
});
