// Nest's Kafka transport with requests, streams, errors, events, retries and a shutdown, all of it sealed.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KafkaRetriableException, RpcException, type KafkaContext } from '@nestjs/microservices';
import { origin } from '@sealwire/core';
import {
  SecureClientKafka,
  secureKafkaClient,
  secureKafkaServer,
  SecureServerKafka,
} from '@sealwire/nestjs-kafka';
import {
  defaultIfEmpty,
  firstValueFrom,
  lastValueFrom,
  of,
  throwError,
  toArray,
  type Observable,
} from 'rxjs';
import type { Sealwire } from 'sealwire';
import { bareKafka, createTopics, fixture, fresh, openAs, withAdmin, writePolicy } from '../fixture.ts';
import { asking, readRecords, serve, until, type Handlers } from './nest.ts';

let topic: string;
let quarantine: string;
let policy: string;
const closing: { close(): Promise<unknown> }[] = [];

beforeEach(async () => {
  topic = fresh('hero');
  quarantine = fresh('quarantine');
  const audit = fresh('audit');
  await createTopics([topic, `${topic}.reply`, quarantine, audit]);
  const anything = { contentType: 'application/octet-stream' };
  policy = writePolicy({
    channels: {
      requests: { topics: [topic], from: ['orchestrator'], to: ['team'], ...anything },
      replies: { topics: [`${topic}.reply`], from: ['researcher'], to: ['team'], ...anything },
    },
    quarantine,
    audit,
  });
});
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close().catch(() => undefined);
});

function closed<T extends { close(): Promise<unknown> }>(one: T): T {
  closing.push(one);
  return one;
}

async function agent(name: string): Promise<Sealwire> {
  return closed(await openAs(name, policy));
}

const options = (sealwire: Sealwire) => ({
  sealwire,
  client: { brokers: fixture().kafka, retry: { retries: 3, initialRetryTime: 20 } },
  consumer: { groupId: topic },
  subscribe: { fromBeginning: true },
});

async function server(handlers: Handlers) {
  const given = secureKafkaServer(options(await agent('researcher')));
  return { app: closed(await serve(given, handlers)) };
}

async function client(): Promise<SecureClientKafka> {
  const made = await asking<SecureClientKafka>(secureKafkaClient(options(await agent('orchestrator'))));
  closed(made.app);
  return made.client;
}

/** One that gets replies. */
async function requester(): Promise<SecureClientKafka> {
  const rpc = await client();
  rpc.subscribeToResponseOf(topic);
  await rpc.connect();
  await until(() => rpc.getConsumerAssignments()[`${topic}.reply`] !== undefined);
  return rpc;
}

interface Asked {
  readonly what: string;
}

test('requests get replies, streams, nothing and errors; keys and headers stay Nest’s own', async () => {
  const seen: unknown[] = [];
  await server({
    messages: {
      [topic]: ({ what }: Asked, context: KafkaContext) => {
        const { headers, key } = context.getMessage();
        seen.push([what, origin(context.getMessage())?.sender, key, Object.keys(headers ?? {}).sort()]);
        if (what === 'stream') return of(1, 2, 3);
        if (what === 'text') return 'as it is';
        if (what === 'nothing') return of();
        if (what === 'null') return null;
        if (what === 'fail') return throwError(() => new RpcException('not today'));
        return { killed: what };
      },
    },
  });
  const rpc = await requester();
  const all = (what: string) => lastValueFrom(rpc.send(topic, { what }).pipe(toArray()));

  expect(await all('dragon')).toEqual([{ killed: 'dragon' }]);
  expect(await all('stream')).toEqual(['1', '2', '3']);
  expect(await all('text')).toEqual(['as it is']);
  expect(await all('nothing')).toEqual([null]);
  expect(await all('null')).toEqual([null]);
  await expect(all('fail')).rejects.toEqual({ status: 'error', message: 'not today' });
  const keyed = { key: 'k', value: { what: 'keyed' }, headers: { tenant: 'blue' } };
  expect(await lastValueFrom(rpc.send(topic, keyed))).toEqual({ killed: 'keyed' });
  const nests = ['kafka_correlationId', 'kafka_replyPartition', 'kafka_replyTopic'];
  expect(seen[0]).toEqual(['dragon', 'orchestrator', null, nests]);
  expect(seen.at(-1)).toEqual(['keyed', 'orchestrator', 'k', [...nests, 'tenant']]);

  const wire = await readRecords(`${topic}.reply`, 4);
  for (const { value, headers } of wire) {
    expect(value?.includes('killed')).toBe(false);
    expect(headers).toEqual({});
  }
});

test('events come again until their handler succeeds, a tombstone stays one, and what is not sealed reaches no handler', async () => {
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic, messages: [{ value: '{"what":"forged"}' }] });
  await bare.disconnect();
  const emitting = await client();
  const done = (events: Observable<unknown>) => firstValueFrom(events.pipe(defaultIfEmpty(null)));
  const batch = { messages: [{ value: { what: 'first' } }, { key: 'gone', value: null }] };
  await done(emitting.emitBatch(topic, batch));
  await done(emitting.emit(topic, { what: 'second' }));
  // The broker has the topic, the policy has no channel for it.
  await expect(done(emitting.emit(quarantine, { what: 'x' }))).rejects.toMatchObject({
    code: 'ERR_USAGE_CHANNEL',
  });
  const seen: string[] = [];
  const { app } = await server({
    events: {
      [topic]: ({ what }: Partial<Asked>, context: KafkaContext) => {
        seen.push(what ?? `no value of ${String(context.getMessage().key)}`);
        if (seen.length < 3) throw new KafkaRetriableException('not yet');
      },
    },
  });
  await until(() => seen.includes('second'));
  await app.close();

  expect(seen).toEqual(['first', 'first', 'first', 'no value of gone', 'second']);
  const [group] = await withAdmin((admin) =>
    admin.fetchOffsets({ groupId: `${topic}-server`, topics: [topic] }),
  );
  expect(group?.partitions).toMatchObject([{ offset: '4' }]);
  const wire = await readRecords(topic, 4);
  expect(wire.map(({ value }) => value === null)).toEqual([false, false, true, false]);
});

test('what is weaker than the policy is refused when client and server are made', async () => {
  const sealwire = await agent('orchestrator');
  const weak = {
    ...options(sealwire),
    client: { brokers: fixture().kafka, ssl: { rejectUnauthorized: false } },
  };
  const refusal = expect.objectContaining({ code: 'ERR_USAGE_CONNECTION' });
  expect(() => new SecureServerKafka(weak)).toThrow(refusal);
  expect(() => new SecureClientKafka(weak)).toThrow(refusal);
});
