// What two policies say differently, and what of it weakens.
import { expect, test } from '@jest/globals';
import { changeText, comparePolicies, readPolicy } from '../src/index.js';
import { ruleOf } from '../src/setting-rules.js';
import { head, policyFile, realm } from './made.js';

const text = `${head}channels:
  news:
    kafka: { topics: [news], session_topic: sessions }
    rabbitmq: { publish: [{ exchange: x, routing_key: 'news.#' }], queues: [news] }
    messages:
      - { type: item.v1, from: [alice], to: [team, bob], content_type: application/json, schema: a.avsc }
      - { type: note, from: [team], to: [team], content_type: text/plain }
    max_age: 1h
connections:
  kafka:
    allowed_networks: [10.0.0.0/8]
    tls: { ca_file: ca.pem, cert_file: c.pem, key_file: k.pem, crl_file: crl.pem, pins: ['sha256/${Buffer.alloc(32, 1).toString('base64')}'] }
    sasl: { mechanism: SCRAM-SHA-512, username: u, password_env: P }
quarantine: { redrive_by: [alice] }
`;
const changesOf = (older: string, newer: string) =>
  comparePolicies(readPolicy(policyFile(older)), readPolicy(policyFile(newer)));
const shown = (older: string, newer: string) =>
  changesOf(older, newer).map(
    (change) => `${change.effect}${change.live ? '' : ' fixed'}: ${changeText(change)}`,
  );
/** Of one replacement, and of its reverse. */
const both = (from: string, to: string) => {
  const other = text.replace(from, to);
  if (other === text) throw new Error(`the policy has no ${from}`);
  return [...shown(text, other), ...shown(other, text)];
};

test('order, quotes, comments and defaults that are spelt out are no difference', () => {
  const same = text
    .replace('to: [team, bob]', "# the readers\n        to: ['bob', team]")
    .replace('max_age: 1h', 'max_age: 60m')
    .concat('session: { epoch: 24h }\nlimits: {}\n');
  expect(shown(text, same)).toEqual([]);
});

test.each([
  ['from: [alice]', 'from: [alice, mallory]', 'from', 'gains mallory', 'loses mallory'],
  ['from: [alice]', "from: ['a*', alice]", 'from', 'gains a*', 'loses a*'],
  ['to: [team, bob]', 'to: [team, bob, eve]', 'to', 'gains eve', 'loses eve'],
  [
    'content_type: text/plain',
    'content_type: text/plain, compress: zstd',
    'compress',
    ': none became zstd',
    ': zstd became none',
  ],
])('%s to %s weakens, and its reverse strengthens', (from, to, key, forth, back) => {
  const [there, again] = both(from, to);
  expect(there).toMatch(new RegExp(`^weaker: channels\\.news\\.messages\\..*\\.${key}`));
  expect(there).toContain(forth);
  expect(again).toMatch(/^stronger: /);
  expect(again).toContain(back);
});

test.each([
  ['    allowed_networks: [10.0.0.0/8]\n', '', 'allowed_networks removed: 10.0.0.0/8'],
  ['[10.0.0.0/8]', '[10.0.0.0/8, 0.0.0.0/0]', 'allowed_networks gains 0.0.0.0/0'],
  [', crl_file: crl.pem', '', 'crl_file removed: crl.pem'],
  [', cert_file: c.pem, key_file: k.pem', '', 'cert_file removed: c.pem'],
  [', schema: a.avsc', '', 'schema removed: a.avsc'],
  ['redrive_by: [alice]', 'redrive_by: [alice, team]', 'redrive_by gains team'],
  ['redrive_by: [alice]', 'redrive_by: [alice], on_reject: drop', 'on_reject: quarantine became drop'],
  ['topics: [news]', 'topics: [news, more]', 'topics gains more'],
  ['queues: [news]', 'queues: [news, more]', 'queues gains more'],
  [
    "routing_key: 'news.#' }",
    "routing_key: 'news.#' }, { exchange: y, routing_key: z }",
    'publish gains y z',
  ],
])('%s to %s: that %s weakens', (from, to, told) => {
  const all = both(from, to);
  expect(all.find((line) => line.startsWith('weaker') && line.includes(told))).toBeDefined();
  expect(all.some((line) => line.startsWith('stronger'))).toBe(true);
});

test('a channel and a message type come and go as a whole, with their place', () => {
  const more = text.replace(
    'connections:',
    `  extra:
    kafka: { topics: [extra] }
    messages: [{ type: t, from: [alice], to: [bob], content_type: a/b }]
connections:`,
  );
  const [added, ...rest] = changesOf(text, more);
  expect(rest).toEqual([]);
  expect(added).toMatchObject({ setting: 'channels.extra', kind: 'added', effect: 'weaker', live: true });
  expect(added!.place).toMatch(/:14:5$/);
  const without = text.replace(/ {6}- \{ type: note.*\n/, '');
  expect(shown(text, without)).toEqual(['stronger: channels.news.messages.note removed']);
  expect(shown(without, text)).toEqual(['weaker: channels.news.messages.note added']);
});

test('what a running process does not take over is told', () => {
  expect(both(`realm: '${realm}'`, `realm: '${'1'.repeat(32)}'`)[0]).toMatch(/^other fixed: realm/);
  expect(both('session_topic: sessions', 'session_topic: other')[0]).toMatch(/^other fixed: /);
  expect(both('SCRAM-SHA-512', 'PLAIN')).toEqual([
    'weaker fixed: connections.kafka.sasl.mechanism: SCRAM-SHA-512 became PLAIN',
    'stronger fixed: connections.kafka.sasl.mechanism: PLAIN became SCRAM-SHA-512',
  ]);
  // What was remembered against replays was remembered for no longer.
  expect(both('max_age: 1h', 'max_age: 2h')).toEqual([
    'weaker fixed: channels.news.max_age: 1h became 2h',
    'stronger: channels.news.max_age: 2h became 1h',
  ]);
});

test('a setting that no rule names needs a new start', () => {
  expect(ruleOf(['something', 'new']).live).toBe(false);
  expect(ruleOf(['channels', 'a', 'something']).live).toBe(false);
});
