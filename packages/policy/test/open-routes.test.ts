// Who may send what to whom, and which channel a topic or queue is.
import { describe, expect, test } from '@jest/globals';
import { PolicyError, type Destination, type Source } from '@sealwire/core';
import { loadPolicy, openRoutes } from '../src/index.js';
import { directory, head, policyFile, thrown } from './made.js';

const text = `${head}channels:
  news:
    kafka: { topics: [news, news-archive], session_topic: sessions }
    rabbitmq: { publish: [{ exchange: '', routing_key: news }, { exchange: x, routing_key: 'news.#' }], queues: [news] }
    messages:
      - { type: item, from: [alice], to: [team, bob], content_type: application/json }
      - { type: note, from: [team], to: [team], content_type: text/plain }
    clear_headers: [content-type]
    max_age: 1m
  tasks:
    rabbitmq: { publish: [{ exchange: x, routing_key: 'tasks.*' }], queues: [tasks] }
    messages:
      - { type: task, from: [team], to: [bob], content_type: application/json }
`;
const names = directory(['alice', 'bob', 'carol'], { team: ['alice', 'bob'] });
const routesFor = (agent: string) => openRoutes(loadPolicy(policyFile(text), { agent }), names, agent);

const topic = (name: string): Destination => ({ transport: 'kafka', topic: name });
const key = (routingKey: string, exchange = 'x'): Destination => ({
  transport: 'rabbitmq',
  exchange,
  routingKey,
});
const fromTopic = (name: string): Source => ({ transport: 'kafka', topic: name, partition: 0, offset: '0' });
const fromQueue = (queue: string): Source => ({
  transport: 'rabbitmq',
  queue,
  exchange: 'any',
  routingKey: 'any',
  deliveryTag: 1,
});

test('a type has the max_age that it states, the others that of their channel', () => {
  const own = text.replace('content_type: text/plain }', 'content_type: text/plain, max_age: 5s }');
  const { inbound } = openRoutes(loadPolicy(policyFile(own), { agent: 'alice' }), names, 'alice');
  expect([inbound('news', 'item')!.maxAgeMs, inbound('news', 'note')!.maxAgeMs]).toEqual([60_000, 5_000]);
  expect(inbound('tasks', 'task')).toMatchObject({ maxAgeMs: 86_400_000, maxAgeStated: false });
  const stated = text.replace(
    'to: [bob], content_type: application/json }',
    'to: [bob], content_type: application/json, max_age: 1h }',
  );
  const { inbound: again } = openRoutes(loadPolicy(policyFile(stated), { agent: 'alice' }), names, 'alice');
  expect(again('tasks', 'task')).toMatchObject({ maxAgeMs: 3_600_000, maxAgeStated: true });
});

test('a type is compressed as it states, the others are not, and neither is what carries re-driven messages', () => {
  const own = text
    .replace('content_type: text/plain }', 'content_type: text/plain, compress: zstd }')
    .concat('quarantine: { redrive_by: [carol] }\n');
  const { inbound, redrive } = openRoutes(loadPolicy(policyFile(own), { agent: 'alice' }), names, 'alice');
  expect([inbound('news', 'item')!.compression, inbound('news', 'note')!.compression]).toEqual([
    null,
    'zstd',
  ]);
  expect(redrive!('news', ['team'])).toMatchObject({ senders: ['carol'], compression: null });
});

test('messages go by reference on Kafka alone, and only where their channel has a session topic', () => {
  const { sessionTopicOf } = routesFor('alice');
  expect(sessionTopicOf(fromTopic('news-archive'))).toBe('sessions');
  expect([fromQueue('news'), fromQueue('tasks'), fromTopic('elsewhere')].map(sessionTopicOf)).toEqual([
    null,
    null,
    null,
  ]);
});

describe('outbound', () => {
  test('a listed sender gets the route of its type', () => {
    expect(routesFor('alice').outbound(topic('news'), { type: 'item' })).toEqual({
      channel: 'news',
      type: 'item',
      senders: ['alice'],
      audience: ['bob', 'team'],
      contentType: 'application/json',
      compression: null,
      schema: Buffer.alloc(0),
      acceptedSchemas: [],
      clearHeaders: new Set(['content-type']),
      sessionTopic: 'sessions',
      maxAgeMs: 60_000,
      maxAgeStated: true,
    });
  });

  test('a member of a listed group may send as well', () => {
    expect(routesFor('bob').outbound(topic('news'), { type: 'note' }).type).toBe('note');
  });

  test('the one type that an agent may send needs no description', () => {
    expect(routesFor('bob').outbound(topic('news'), {}).type).toBe('note');
    expect(routesFor('alice').outbound(key('tasks.1'), {}).type).toBe('task');
  });

  test('among several the application must choose', () => {
    const error = thrown(() => routesFor('alice').outbound(topic('news'), {}));
    expect(error.code).toBe('ERR_USAGE_DESCRIBE');
    expect(error.message).toContain('item, note');
  });

  test('the same permission is the same object, on every transport', () => {
    const routes = routesFor('alice');
    const route = routes.outbound(topic('news'), { type: 'item' });
    expect(routes.outbound(topic('news-archive'), { type: 'item' })).toBe(route);
    expect(routes.outbound(key('news', ''), { type: 'item' })).toBe(route);
    expect(routes.outbound(key('news.a.b'), { type: 'item' })).toBe(route);
    expect(routes.inbound('news', 'item')).toBe(route);
  });

  test.each([
    ['item', 'bob'],
    ['item', 'carol'],
    ['note', 'carol'],
  ])('%s is not for %s to send', (type, agent) => {
    const error = thrown(() => routesFor(agent).outbound(topic('news'), { type }));
    expect(error).toBeInstanceOf(PolicyError);
    expect(error.code).toBe('ERR_POLICY_SENDER');
  });

  test('an agent that may send nothing is told so, without a description too', () => {
    expect(thrown(() => routesFor('carol').outbound(topic('news'), {})).code).toBe('ERR_POLICY_SENDER');
  });

  test('an unknown type is refused, also one that every object has', () => {
    for (const type of ['other', 'constructor', '__proto__', ''])
      expect(thrown(() => routesFor('alice').outbound(topic('news'), { type })).code).toBe('ERR_POLICY_TYPE');
  });

  test('another content type than the policy’s is refused', () => {
    const send = (contentType: string) => routesFor('bob').outbound(topic('news'), { contentType });
    expect(send('text/plain').type).toBe('note');
    expect(thrown(() => send('application/json')).code).toBe('ERR_POLICY_TYPE');
  });

  test.each([
    topic('unknown'),
    key('tasks', 'x'),
    key('tasks.1.2', 'x'),
    key('news', 'other'),
    key('news.1', ''),
  ])('%j leads nowhere', (destination) => {
    for (let i = 0; i < 2; i++)
      expect(thrown(() => routesFor('alice').outbound(destination, {})).code).toBe('ERR_USAGE_CHANNEL');
  });

  test('a hundred thousand routing keys are answered rightly', () => {
    const routes = routesFor('bob');
    for (let i = 0; i < 100_000; i++) {
      const [destination, channel] = i % 2 === 0 ? [key(`news.${i}`), 'news'] : [key(`tasks.${i}`), 'tasks'];
      if (routes.outbound(destination, {}).channel !== channel) throw new Error(`wrong channel for ${i}`);
    }
    expect(routes.outbound(key('news.0'), {}).channel).toBe('news');
  });
});

describe('inbound', () => {
  test('topics and queues are channels, whatever exchange and routing key say', () => {
    const routes = routesFor('alice');
    expect(routes.channelOf(fromTopic('news-archive'))).toBe('news');
    expect(routes.channelOf(fromQueue('tasks'))).toBe('tasks');
    expect(routes.channelOf(fromTopic('tasks'))).toBeNull();
    expect(routes.channelOf(fromQueue('constructor'))).toBeNull();
  });

  test('a type has a route on its own channel only', () => {
    const routes = routesFor('alice');
    expect(routes.inbound('tasks', 'task')?.audience).toEqual(['bob']);
    expect(routes.inbound('tasks', 'item')).toBeNull();
    expect(routes.inbound('none', 'item')).toBeNull();
    expect(routes.inbound('news', '__proto__')).toBeNull();
  });

  test('a sender is allowed by name or by membership', () => {
    const routes = routesFor('alice');
    const [item, note] = [routes.inbound('news', 'item')!, routes.inbound('news', 'note')!];
    expect(routes.senderAllowed(item, 'alice')).toBe(true);
    expect(routes.senderAllowed(item, 'bob')).toBe(false);
    expect(routes.senderAllowed(note, 'bob')).toBe(true);
    expect(routes.senderAllowed(note, 'carol')).toBe(false);
  });
});

test('who matches a pattern of from may send, at both ends, and nobody else', () => {
  const patterned = text.replace('from: [alice]', "from: ['planner-*', bob]");
  const routesOf = (agent: string) => openRoutes(loadPolicy(policyFile(patterned), { agent }), names, agent);
  const route = routesOf('planner-2').outbound(topic('news'), { type: 'item' });
  expect(route.type).toBe('item');
  expect(routesOf('planner-2').outbound(topic('news'), {})).toMatchObject({ type: 'item' });
  expect(thrown(() => routesOf('planner').outbound(topic('news'), { type: 'item' }))).toMatchObject({
    code: 'ERR_POLICY_SENDER',
  });
  const { inbound, senderAllowed } = routesOf('carol');
  const received = inbound('news', 'item')!;
  expect(
    ['planner-2', 'planner-', 'bob', 'alice', 'planner-2/x'].map((one) => senderAllowed(received, one)),
  ).toEqual([true, true, true, false, false]);
});
