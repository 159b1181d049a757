// Payloads compressed inside the seal, over a real RabbitMQ.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { Inbox, openStage, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

test.each(['deflate', 'zstd'] as const)(
  'what is sent with %s takes less room at the broker, and comes out byte for byte',
  async (by) => {
    stage = await openStage();
    const policy = readFileSync(stage.policy, 'utf8');
    writeFileSync(
      stage.policy,
      policy.replace(/content_type: [^}]*}/, `content_type: application/json, compress: ${by} }`),
    );
    const value = Buffer.from(JSON.stringify(Array.from({ length: 999 }, (_, i) => `note ${i}`)));
    const sender = await stage.sender();
    sender.sendToQueue(stage.queue, value);
    sender.sendToQueue(stage.queue, value);
    await sender.waitForConfirms();
    expect((await stage.raw(stage.queue)).content.length).toBeLessThan(value.length / 2);
    const inbox = new Inbox();
    await (await stage.receiver()).consume(stage.queue, inbox.take, { noAck: true });
    const [message] = await inbox.first(1);
    expect(message!.content.equals(value)).toBe(true);
  },
);
