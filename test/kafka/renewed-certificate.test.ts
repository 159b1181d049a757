// Client certificates that are renewed while a client runs, at a broker that asks for one.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { secureKafka } from '@sealwire/kafka';
import kafkajs, { type Producer } from 'kafkajs';
import { fixture, openAs } from '../fixture.ts';
import { renewablePair } from '../renewable-pair.ts';
import { openStage, sendValues, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test('open connections live on, new ones show what is on disk, and half a pair is passed over', async () => {
  const pair = renewablePair(stage.policy);
  const sealwire = await openAs('orchestrator', pair.policy);
  const newProducer = (): Producer =>
    stage.closes(
      secureKafka(sealwire, {
        brokers: fixture().kafka,
        logLevel: kafkajs.logLevel.NOTHING,
        retry: { retries: 1, initialRetryTime: 50 },
      }).producer(),
    );
  const first = newProducer();
  await first.connect();
  await sendValues(first, stage.topic, ['a']);

  pair.renew('researcher', 'certificate');
  const second = newProducer();
  await second.connect();
  await sendValues(second, stage.topic, ['b']);

  await pair.renewWithForeign();
  await expect(newProducer().connect()).rejects.toMatchObject({
    code: 'ERR_USAGE_TLS_CLIENT',
    message: expect.stringContaining('refuses our client certificate'),
  });
  await sendValues(first, stage.topic, ['c']);
  await sendValues(second, stage.topic, ['d']);

  pair.renew('researcher');
  const third = newProducer();
  await third.connect();
  await sendValues(third, stage.topic, ['e']);

  expect(await stage.raw(stage.topic, 5)).toHaveLength(5);
  await Promise.all([first, second, third].map((producer) => producer.disconnect()));
  await sealwire.close();
});
