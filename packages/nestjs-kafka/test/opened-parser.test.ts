import { expect, test } from '@jest/globals';
import { origin, rememberOrigin, type Verified } from '@sealwire/core';
import { OpenedParser } from '../src/opened-parser.ts';
import { noValueHeader } from '../src/valued-kafka.ts';

const parser = new OpenedParser();

test('what is known of a message is known of the copy that handlers get', () => {
  const message = { value: Buffer.from('{"a":1}'), headers: {} };
  const facts = { sender: 'somebody', recipients: [] };
  rememberOrigin(message, { verified: true, facts } as unknown as Verified);
  const parsed = parser.parse<{ value: unknown }>(message);

  expect(parsed).not.toBe(message);
  expect(parsed.value).toEqual({ a: 1 });
  expect(origin(parsed)?.sender).toBe('somebody');
  expect(origin(parser.parse<object>({ value: null, headers: {} }))).toBeNull();
});

test('a message that had no value has none again, and one whose value is null text keeps it', () => {
  const value = Buffer.from('null');
  const marked = { value, headers: { [noValueHeader]: Buffer.from('1'), a: Buffer.from('b') } };
  expect(parser.parse(marked)).toEqual({ value: null, headers: { a: 'b' } });
  expect(marked.headers[noValueHeader]).toBeDefined();
  expect(parser.parse({ value, headers: {} })).toEqual({ value: 'null', headers: {} });
});
