// A key store that answers later, and is away for a while: nothing is sent unsigned, nothing is rejected, all arrives.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { InabilityError, type KeyStore, type Sealwire } from '@sealwire/core';
import { openKeys } from '@sealwire/identity';
import { secureKafka } from '@sealwire/kafka';
import { loadPolicy } from '@sealwire/policy';
import { secureConnect } from '@sealwire/amqp';
import kafkajs from 'kafkajs';
import type { OpenOptions } from 'sealwire';
import { fixture, openAs } from '../fixture.ts';
import { openStage, take, type Stage } from './stage.ts';

let stage: Stage;
const opened: Sealwire[] = [];
let isAway = false;
beforeAll(async () => {
  stage = await openStage({ partitions: 1 });
});
afterAll(async () => {
  await stage.close();
  for (const sealwire of opened) await sealwire.close();
});

/** An agent’s own files, behind a service that takes its time. */
function served(agent: string): OpenOptions {
  return {
    async keyStore(parts) {
      const own = await openKeys({ ...loadPolicy(stage.policy, { agent }).keys, ...parts });
      const later = async <Result>(call: () => Result | Promise<Result>): Promise<Result> => {
        await new Promise((resolve) => setImmediate(resolve));
        if (isAway) throw new InabilityError('ERR_UNABLE_KEY_STORE', 'the service is away');
        return call();
      };
      const store: KeyStore = {
        synchronous: false,
        get signer() {
          const { signer } = own;
          return { keyId: signer.keyId, sign: (message: Buffer) => later(() => signer.sign(message)) };
        },
        signerOf(id) {
          const signer = own.signerOf(id);
          return signer && { keyId: signer.keyId, sign: (message) => later(() => signer.sign(message)) };
        },
        holds: (id) => own.holds(id),
        unwrap: (...wrap) => later(() => own.unwrap(...wrap)),
      };
      return store;
    },
  };
}

async function kafkaOf(agent: string) {
  const sealwire = await openAs(agent, stage.policy, served(agent));
  opened.push(sealwire);
  const { NOTHING } = kafkajs.logLevel;
  return secureKafka(sealwire, { clientId: agent, brokers: fixture().kafka, logLevel: NOTHING });
}

test('sends wait in order while it is away, or fail in their time; receivers catch up', async () => {
  const producer = stage.closes((await kafkaOf('orchestrator')).producer());
  await producer.connect();
  const { topic } = stage;
  await producer.send({ topic, messages: [{ value: '0' }] });
  isAway = true;
  await expect(producer.send({ topic, messages: [{ value: 'late' }], timeout: 50 })).rejects.toMatchObject({
    code: 'ERR_UNABLE_KEY_STORE',
  });
  const waiting = ['1', '2', '3'].map((value) => producer.send({ topic, messages: [{ value }] }));
  const consumer = stage.closes(
    (await kafkaOf('researcher')).consumer({ groupId: stage.group, maxWaitTimeInMs: 200 }),
  );
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const taking = take(consumer, 4);
  await new Promise((resolve) => setTimeout(resolve, 500));
  isAway = false;
  await Promise.all(waiting);
  const values = (await taking).map(({ message }) => message.value!.toString());
  expect(values).toEqual(['0', '1', '2', '3']);
});

test('AMQP refuses such a store before it connects', async () => {
  await expect(secureConnect(opened[0]!, fixture().rabbitmqUrl)).rejects.toMatchObject({
    code: 'ERR_USAGE_KEY_STORE',
  });
});
