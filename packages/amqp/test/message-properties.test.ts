import { expect, test } from '@jest/globals';
import type { HeaderField, Verified } from '@sealwire/core';
import type { MessageProperties, Options } from 'amqplib';
import { packProperties } from '../src/pack-properties.js';
import { unpackMessage } from '../src/unpack-message.js';
import { fieldsOfTable } from '../src/wire-headers.js';
import { delivered } from './fakes.ts';

const verified = (headers: readonly HeaderField[]) =>
  ({ verified: true, payload: Buffer.from('x'), headers }) as unknown as Verified;

function arrive(options: Options.Publish | undefined, wire: Partial<MessageProperties> = {}) {
  const packed = packProperties(options);
  return unpackMessage(delivered(1, Buffer.alloc(0), wire), verified(packed.fields)).properties;
}

test('without options nothing is added to the seal', () => {
  expect(packProperties(undefined)).toEqual({
    fields: [],
    wire: { contentType: 'application/vnd.sealwire', headers: {} },
  });
  expect(packProperties({}).fields).toEqual([]);
});

test('each text or byte header is a field of its own, and carried once', () => {
  const { fields, wire } = packProperties({ headers: { a: 'one', b: Buffer.from([255]), n: 1 } });

  expect(fields.map(({ name }) => name)).toEqual(['a', 'b', 'amqp.properties']);
  expect(JSON.parse(fields[2]!.values[0]!.toString())).toEqual({ b: ['b'], h: { n: 1 } });
  expect(wire.headers).toEqual({});
});

test('only what the broker acts on is left on the wire', () => {
  const { wire } = packProperties({
    persistent: true,
    expiration: 5,
    priority: 1,
    mandatory: true,
    CC: 'c',
    BCC: ['b'],
    userId: 'u',
    replyTo: 'r',
    contentType: 't',
    messageId: 'm',
    headers: { 'x-delay': 5, other: 1 },
  });

  expect(wire).toEqual({
    contentType: 'application/vnd.sealwire',
    headers: { 'x-delay': 5 },
    persistent: true,
    expiration: 5,
    priority: 1,
    mandatory: true,
    CC: 'c',
    BCC: ['b'],
    userId: 'u',
  });
});

test('direct reply-to stays on the wire, and what the broker makes of it arrives', () => {
  const replyTo = 'amq.rabbitmq.reply-to';

  expect(packProperties({ replyTo }).wire.replyTo).toBe(replyTo);
  expect(arrive({ replyTo }, { replyTo: `${replyTo}.abc` }).replyTo).toBe(`${replyTo}.abc`);
  expect(arrive({ replyTo }, { replyTo: 'forged' }).replyTo).toBe(replyTo);
  expect(arrive({ replyTo: 'mine' }, { replyTo: `${replyTo}.abc` }).replyTo).toBe('mine');
});

test('inherited headers are sent, as amqplib does', () => {
  expect(arrive({ headers: Object.create({ inherited: 'yes' }) as object }).headers).toEqual({
    inherited: 'yes',
  });
});

test('text that is not UTF-8 stays bytes where nothing says what it was', () => {
  const headers = [{ name: 'a', values: [Buffer.from([255])] }];

  expect(unpackMessage(delivered(1, Buffer.alloc(0)), verified(headers)).properties.headers).toEqual({
    a: Buffer.from([255]),
  });
});

test.each([
  ['no JSON', '{'],
  ['a list', '[]'],
  ['a number for text', '{"ct":5}'],
  ['text for the timestamp', '{"ts":"5"}'],
  ['a malformed header', '{"h":{"a":{"q":1}}}'],
  ['names that are none', '{"b":[1]}'],
])('sealed properties that are %s are a format error', (_, json) => {
  const headers = [{ name: 'amqp.properties', values: [Buffer.from(json)] }];

  expect(() => unpackMessage(delivered(1, Buffer.alloc(0)), verified(headers))).toThrow(
    expect.objectContaining({ code: 'ERR_FORMAT_BODY' }),
  );
});

test.each([
  ['ERR_USAGE_MESSAGE', { contentType: 5 }],
  ['ERR_USAGE_MESSAGE', { messageId: 'x'.repeat(256) }],
  ['ERR_USAGE_MESSAGE', { timestamp: -1 }],
  ['ERR_USAGE_MESSAGE', { timestamp: new Date() }],
  ['ERR_USAGE_HEADER', { headers: 'text' }],
  ['ERR_USAGE_HEADER', { headers: { 'amqp.properties': 'mine' } }],
  ['ERR_USAGE_HEADER', { headers: { a: 1, big: Array.from({ length: 40_000 }, () => 1) } }],
  ['ERR_USAGE_HEADER', { headers: JSON.parse('{"__proto__":"x"}') as object }],
])('%s for %p', (code, options) => {
  expect(() => packProperties(options as Options.Publish)).toThrow(expect.objectContaining({ code }));
});

test('fields of a received table are own text and bytes, without tracing and the broker’s', () => {
  const table = JSON.parse('{"a":"x","__proto__":"y","n":5,"l":["p","q"],"m":["p",1]}') as Record<
    string,
    unknown
  >;
  const fields = fieldsOfTable({ ...table, traceparent: 't', 'x-death': [], CC: ['c'], b: Buffer.from([1]) });

  expect(fields).toEqual([
    { name: 'a', values: [Buffer.from('x')] },
    { name: 'l', values: [Buffer.from('p'), Buffer.from('q')] },
    { name: 'b', values: [Buffer.from([1])] },
  ]);
  expect(fieldsOfTable(undefined)).toEqual([]);
});
