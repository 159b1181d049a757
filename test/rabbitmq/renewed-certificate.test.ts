// Client certificates that are renewed while a connection recovers, at a broker that asks for one.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import { FaultProxy } from '@sealwire/testing';
import type { ChannelModel } from 'amqplib';
import { fixture, openAs } from '../fixture.ts';
import { renewablePair } from '../renewable-pair.ts';
import { confirmed, nextEvent, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test('a connection lives on over a renewal, and each recovery shows what is on disk then', async () => {
  const pair = renewablePair(stage.policy);
  const sealwire = await openAs('orchestrator', pair.policy);
  const proxy = await FaultProxy.open(Number(new URL(fixture().rabbitmqUrl).port));
  const model = await secureConnect(sealwire, `amqps://localhost:${proxy.port}`, {
    recovery: { initialDelay: 20, maxDelay: 50 },
  });
  const events = model as unknown as NodeJS.EventEmitter;
  events.on('error', () => undefined);
  const send = async (text: string): Promise<void> => {
    const channel = await model.createConfirmChannel();
    await confirmed(channel, stage.queue, text);
  };
  const cut = (): void => {
    proxy.down();
    proxy.heal();
  };
  await send('a');

  await pair.renewWithForeign();
  await send('b');
  const failed = nextEvent(events, 'connect-failed');
  cut();
  // The refusal comes after the client's part of the handshake: as an alert, or as the end of the connection.
  expect(await failed).toMatchObject({
    code: expect.stringMatching(/^(ERR_USAGE_TLS_CLIENT|ERR_UNABLE_CONNECTION)$/),
  });

  const recovered = nextEvent<ChannelModel>(events, 'connect');
  pair.renew('researcher');
  await recovered;
  await send('c');

  expect(await stage.depth(stage.queue)).toBe(3);
  await model.close();
  await sealwire.close();
  await proxy.close();
});
