// The own connection goes when the application has gone and nothing is left to write.
import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { ChannelModel } from 'amqplib';
import { OwnConnection } from '../src/own-connection.js';

test('work that begins while the connection waits to be closed keeps it, and the end of that closes it', async () => {
  const closed: string[] = [];
  const model = Object.assign(new EventEmitter(), {
    createConfirmChannel: async () => Promise.resolve(new EventEmitter()),
    close: async () => Promise.resolve(closed.push('closed')),
  });
  const own = new OwnConnection(async () => Promise.resolve(model as unknown as ChannelModel));
  await own.during(() => own.channel());
  own.release();
  await pause(100);
  await own.during(async () => {
    await pause(300);
    expect(closed).toEqual([]);
  });
  await pause(300);
  expect(closed).toEqual(['closed']);
});
