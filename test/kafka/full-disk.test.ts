// A disk without room, under the audit spools of a sender and a receiver: nothing goes on, nothing is lost, and nobody has to be started again.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Consumer, Producer } from 'kafkajs';
import { command } from '../command.ts';
import { fixture, withAdmin } from '../fixture.ts';
import { smallDisk, type SmallDisk } from '../small-disk.ts';
import { openStage, sendValues, text, type Stage } from './stage.ts';

const disk = smallDisk();
const onDisk = disk === null ? test.skip : test;
const waiting = Array.from({ length: 400 }, (_, i) => `waiting ${i}`);

let stage: Stage;
let producer: Producer;
let consumer: Consumer;
beforeAll(async () => {
  if (disk === null) return;
  stage = await openStage({ auditMore: `, spool: { folder: ${disk.folder} }` });
  producer = await stage.producer();
  consumer = await stage.consumer();
});
afterAll(async () => {
  await stage?.close();
  disk?.unmount();
});

const highOf = (topic: string): Promise<number> =>
  withAdmin(async (admin) =>
    (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0),
  );

/** What is left of a block that is begun takes a few more. @returns how many, and the error of the first that was not sent */
async function sendUntilRefused(): Promise<{ sent: number; error: unknown }> {
  for (let sent = 0; ; sent++)
    try {
      await sendValues(producer, stage.topic, [`full ${sent}`]);
    } catch (error) {
      return { sent, error };
    }
}

onDisk(
  'while it is full nothing is sent or committed; with room again both go on, and every message has its events (A-16, A-18)',
  async () => {
    const { fill, free } = disk as SmallDisk;
    await sendValues(producer, stage.topic, waiting);
    fill();
    const { sent, error } = await sendUntilRefused();
    expect(error).toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    expect(await highOf(stage.topic)).toBe(waiting.length + sent);

    const seen = new Set<string>();
    await consumer.run({ eachMessage: async (payload) => void seen.add(text(payload)) });
    while (seen.size < waiting.length) await new Promise((resolve) => setTimeout(resolve, 50));
    // Several times as long as a commit takes, and as it is waited between two attempts.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await stage.committed()).toEqual(['-1']);
    await expect(sendValues(producer, stage.topic, ['refused'])).rejects.toMatchObject({
      code: 'ERR_UNABLE_AUDIT',
    });

    free();
    await sendValues(producer, stage.topic, ['room']);
    const total = waiting.length + sent + 1;
    expect(await highOf(stage.topic)).toBe(total);
    while (String(await stage.committed()) !== String(total))
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen).toEqual(
      new Set([...waiting, ...Array.from({ length: sent }, (_, i) => `full ${i}`), 'room']),
    );

    // Without a restart: also what was sent with the last room that there was.
    const sends = await stage.audited('message.sent', total);
    expect(sends.map(({ outcome }) => outcome)).toEqual(sends.map(() => 'acknowledged'));
    await stage.close();
    const reading = [
      '--brokers',
      fixture().kafka.join(','),
      '--policy',
      stage.policy,
      '--agent',
      'researcher',
    ];
    const { exitCode, out } = await command('audit', 'verify', ...reading, '--grace', '0', '--json');
    expect([exitCode, JSON.parse(out.trim().split('\n').at(-1)!)]).toEqual([
      0,
      expect.objectContaining({
        ok: true,
        unfinished: 0,
        reconciliation: expect.objectContaining({
          sent: total,
          received: total,
          neverReceived: 0,
          neverSent: 0,
        }),
      }),
    ]);
  },
);
