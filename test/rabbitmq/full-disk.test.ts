// A disk without room, under the audit spools of a sender and a receiver: nothing goes on, nothing is lost, and nobody has to be started again.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Channel, ConfirmChannel } from 'amqplib';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../command.ts';
import { smallDisk, type SmallDisk } from '../small-disk.ts';
import { confirmed, eventually, Inbox, openStage, type Stage } from './stage.ts';

const disk = smallDisk();
const onDisk = disk === null ? test.skip : test;
const waiting = Array.from({ length: 400 }, (_, i) => `waiting ${i}`);

let stage: Stage;
let sender: ConfirmChannel;
let receiver: Channel;
beforeAll(async () => {
  if (disk === null) return;
  stage = await openStage({ auditMore: `, spool: { folder: ${disk.folder} }` });
  sender = await stage.sender();
  receiver = await stage.receiver();
});
afterAll(async () => {
  await stage?.close();
  disk?.unmount();
});

const send = async (text: string): Promise<void> => confirmed(sender, stage.queue, text);

/** What is left of a block that is begun takes a few more. @returns how many, and the error of the first that was not sent */
async function sendUntilRefused(): Promise<{ sent: number; error: unknown }> {
  for (let sent = 0; ; sent++)
    try {
      await send(`full ${sent}`);
    } catch (error) {
      return { sent, error };
    }
}

/** Whoever consumed is gone: what it did not acknowledge lies in the queue again. */
const given = (count: number): Promise<true> =>
  eventually(async () => (await stage.depth(stage.queue)) === count);

onDisk(
  'while it is full nothing is sent; with room again what is sent and acknowledged goes on, and every message has its events (A-16, A-18)',
  async () => {
    const { fill, free } = disk as SmallDisk;
    for (const text of waiting) await send(text);
    fill();
    const { sent, error } = await sendUntilRefused();
    expect(error).toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    const before = waiting.length + sent;
    await given(before);

    const inbox = new Inbox();
    await receiver.consume(stage.queue, (message) => {
      inbox.take(message);
      if (message !== null) receiver.ack(message);
    });
    await inbox.first(before);
    // Several times as long as an acknowledgement takes, and as it is waited between two attempts.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await expect(send('refused')).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });

    free();
    await eventually(async () => {
      await send('room');
      return true;
    });
    const total = before + 1;
    const texts = await inbox.texts(total);
    expect(new Set(texts)).toEqual(
      new Set([...waiting, ...Array.from({ length: sent }, (_, i) => `full ${i}`), 'room']),
    );
    expect(texts).toHaveLength(total);

    // Without a restart: also what was sent with the last room that there was.
    await eventually(async () => (await stage.depth(stage.audit)) >= 2 * total);
    await stage.endAgents();
    expect(await stage.depth(stage.queue)).toBe(0);
    const lines: string[] = [];
    for (;;) {
      const line = await stage.bare.get(stage.audit, { noAck: true });
      if (line === false) break;
      lines.push(`${line.content.toString()}\n`);
    }
    const file = join(mkdtempSync(join(tmpdir(), 'sealwire-lines-')), 'audit.jsonl');
    writeFileSync(file, lines.join(''));
    const reading = ['--policy', stage.policy, '--agent', 'researcher', '--grace', '0', '--json'];
    const { exitCode, out } = await command('audit', 'verify', file, ...reading);
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
