// The whole way of a lost memory: Redis comes back empty, consumers stop, an operator accepts the loss, and they go on.
import { afterEach, expect } from '@jest/globals';
import type { RedisServer } from '@sealwire/testing';
import { command } from '../command.ts';
import { redisOfItsOwn, redisTest, replayOver } from '../redis/stage.ts';
import { confirmed, eventually, Inbox, nextEvent, openStage, type Stage } from './stage.ts';

let stage: Stage;
let redis: RedisServer;
afterEach(async () => {
  await stage.close();
  await redis.stop();
});

redisTest(
  'a Redis that comes back empty: nothing is accepted until accept-loss, which is audited',
  async () => {
    redis = await redisOfItsOwn();
    stage = await openStage({ competing: 'true', replay: replayOver(redis) });
    const sender = await stage.sender();
    const receiver = await stage.receiver();
    const inbox = new Inbox();
    await receiver.consume(stage.queue, (message) => {
      inbox.take(message);
      receiver.ack(message!);
    });
    await confirmed(sender, stage.queue, 'before');
    await inbox.first(1);
    // Its acknowledgement waits for its mark in the store.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await redis.stopServer({ kill: true });
    await redis.forget();
    await redis.startServer();
    const held = new Promise<Error>((resolve) => {
      receiver.on('held', (error: Error) => {
        if (error.message.includes('accept-loss')) resolve(error);
      });
    });
    await confirmed(sender, stage.queue, 'after');
    expect(await held).toMatchObject({ code: 'ERR_UNABLE_REPLAY' });
    expect(inbox.messages).toHaveLength(1);

    const resumed = nextEvent(receiver, 'resumed');
    const { exitCode, out } = await command(
      'replay',
      'accept-loss',
      stage.policy,
      '--agent',
      'researcher',
      '--json',
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ agent: 'researcher', noticed: true });
    await resumed;
    expect(await inbox.texts(2)).toEqual(['before', 'after']);

    const event = await eventually(async () => {
      const line = await stage.bare.get(stage.audit, { noAck: true });
      return line !== false && line.content.toString().includes('replay.allowed') && line.content.toString();
    });
    expect(event).toContain('loss_accepted');
    expect(await stage.depth(stage.quarantine)).toBe(0);
  },
);
