// Nest's RabbitMQ transport with requests, streams, errors, events, a lost connection and a shutdown, all of it sealed.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { origin } from '@sealwire/core';
import { SecureClientRMQ, secureRmqClient, secureRmqServer, SecureServerRMQ } from '@sealwire/nestjs-rmq';
import { FaultProxy } from '@sealwire/testing';
import { RmqRecordBuilder, RpcException, type RmqContext } from '@nestjs/microservices';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { firstValueFrom, lastValueFrom, of, throwError, toArray, type Observable } from 'rxjs';
import type { Sealwire } from 'sealwire';
import { fixture, fresh, openAs } from '../fixture.ts';
import { json, openStage, type Stage } from '../rabbitmq/stage.ts';
import { asking, serve, until, type Handlers } from './nest.ts';

const direct = 'amq.rabbitmq.reply-to';
let stage: Stage;
let proxy: FaultProxy;
let url: string;
const closing: { close(): Promise<unknown> }[] = [];

beforeEach(async () => {
  stage = await openStage({
    channels: {
      replies: {
        queues: [direct],
        publish: [{ exchange: '', routingKey: `${direct}.#` }],
        from: ['researcher'],
        to: ['team'],
      },
    },
  });
  proxy = await FaultProxy.open(Number(new URL(fixture().rabbitmqUrl).port));
  url = `amqps://localhost:${proxy.port}`;
});
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close().catch(() => undefined);
  await proxy.close();
  await stage.close();
});

function closed<T extends { close(): Promise<unknown> }>(one: T): T {
  closing.push(one);
  return one;
}

async function agent(name: string): Promise<Sealwire> {
  return closed(await openAs(name, stage.policy));
}

const socketOptions = { reconnectTimeInSeconds: 0.05 };

async function server(handlers: Handlers, more: object = {}) {
  const sealwire = await agent('researcher');
  const given = secureRmqServer({ sealwire, urls: [url], queue: stage.queue, socketOptions, ...more });
  return { app: closed(await serve(given, handlers)), strategy: given.strategy };
}

async function client(more: object = {}): Promise<SecureClientRMQ> {
  const sealwire = await agent('orchestrator');
  const options = { sealwire, urls: [url], queue: stage.queue, socketOptions, ...more };
  const made = await asking<SecureClientRMQ>(secureRmqClient(options));
  closed(made.app);
  return made.client;
}

const senderOf = (context: RmqContext): string | null | undefined => origin(context.getMessage())?.sender;

test('requests get their replies, streams of them, and errors, each from whom the policy lets send it', async () => {
  await server({
    messages: {
      greet: (name: string, context: RmqContext) => ({ hello: name, from: senderOf(context) }),
      count: (to: number) => of(...Array.from({ length: to }, (_, i) => i)),
      nothing: () => undefined,
      fail: () => throwError(() => new RpcException('not today')),
    },
  });
  const rpc = await client();
  const ask = (pattern: string, data: unknown): Observable<unknown> => rpc.send(pattern, data);

  expect(await firstValueFrom(ask('greet', 'you'))).toEqual({ hello: 'you', from: 'orchestrator' });
  expect(await lastValueFrom(ask('count', 3).pipe(toArray()))).toEqual([0, 1, 2]);
  expect(await lastValueFrom(ask('nothing', {}).pipe(toArray()))).toEqual([]);
  await expect(firstValueFrom(ask('fail', {}))).rejects.toEqual({ status: 'error', message: 'not today' });
  await expect(firstValueFrom(ask('nobody', {}))).rejects.toMatch(/no matching message handler/);
});

test('events are acknowledged by their handlers, headers travel inside, and nothing is left in the queue', async () => {
  const seen: unknown[] = [];
  const { app } = await server(
    {
      events: {
        made: (data: unknown, context: RmqContext) => {
          const message = context.getMessage() as ConsumeMessage;
          seen.push([data, senderOf(context), message.properties.headers]);
          (context.getChannelRef() as ConfirmChannel).ack(message);
        },
      },
    },
    { noAck: false, prefetchCount: 2 },
  );
  const emitting = await client();
  const record = new RmqRecordBuilder({ n: 1 }).setOptions({ headers: { tenant: 'blue' } }).build();
  await lastValueFrom(emitting.emit('made', record), { defaultValue: null });
  await lastValueFrom(emitting.emit('made', { n: 2 }), { defaultValue: null });
  await until(() => seen.length === 2);
  await app.close();

  expect(seen).toEqual([
    [{ n: 1 }, 'orchestrator', { tenant: 'blue' }],
    [{ n: 2 }, 'orchestrator', {}],
  ]);
  expect(await stage.depth(stage.queue)).toBe(0);
});

test('on the wire there is neither pattern nor data nor correlation id', async () => {
  const emitting = await client();
  await lastValueFrom(emitting.emit('secret.pattern', { secret: 'data' }), { defaultValue: null });

  const raw = await stage.raw(stage.queue);
  expect(raw.content.includes('secret')).toBe(false);
  expect(raw.properties).toMatchObject({ contentType: 'application/vnd.sealwire', headers: {} });
  expect(raw.properties.correlationId).toBeUndefined();
});

test('after the connection was lost, requests and replies go over one that was judged anew', async () => {
  await server({ messages: { greet: (name: string) => ({ hello: name }) } });
  const rpc = await client();
  expect(await firstValueFrom(rpc.send('greet', 'before'))).toEqual({ hello: 'before' });
  const states: string[] = [];
  rpc.status.subscribe((status) => states.push(status));
  proxy.down();
  await until(() => states.includes('disconnected'));
  proxy.heal();
  await until(() => states.at(-1) === 'connected');
  await rpc.connect();

  expect(await firstValueFrom(rpc.send('greet', 'after'))).toEqual({ hello: 'after' });
});

test('who asks for a reply to an address outside the policy gets none, and the server goes on', async () => {
  const { strategy } = await server({ messages: { greet: (name: string) => ({ hello: name }) } });
  const logged: unknown[] = [];
  Object.assign(strategy, { handleError: (error: unknown) => logged.push(error) });
  const sender = await stage.sender();
  const request = { pattern: 'greet', data: 'x', id: '1' };
  sender.sendToQueue(stage.queue, json(request), { replyTo: fresh('elsewhere'), correlationId: '1' });
  await sender.waitForConfirms();
  await until(() => logged.length > 0);

  expect(logged).toEqual([expect.stringContaining('maps the exchange')]);
  const rpc = await client();
  expect(await firstValueFrom(rpc.send('greet', 'you'))).toEqual({ hello: 'you' });
});

test('closing the applications closes their connections', async () => {
  const { app } = await server({ messages: { greet: () => 1 } });
  const rpc = await client();
  expect(await firstValueFrom(rpc.send('greet', 'you'))).toBe(1);
  await app.close();
  await rpc.close();
  await until(() => proxy.connections === 0);
});

test('what is weaker than the policy is refused when client and server are made', async () => {
  const sealwire = await agent('orchestrator');
  for (const options of [
    { queue: stage.queue },
    { queue: stage.queue, urls: [`amqp://localhost:${proxy.port}`] },
    { urls: [url], socketOptions: { connectionOptions: { rejectUnauthorized: false } } },
  ]) {
    const refusal = expect.objectContaining({ code: 'ERR_USAGE_CONNECTION' });
    expect(() => new SecureServerRMQ({ sealwire, ...options })).toThrow(refusal);
    expect(() => new SecureClientRMQ({ sealwire, ...options })).toThrow(refusal);
  }
});
