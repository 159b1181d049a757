// What two policies say differently, and what of it weakens.
import { describe, expect, test } from '@jest/globals';
import { createECDH } from 'node:crypto';
import { changeText, comparePolicies, readPolicy } from '../src/index.js';
import { ruleOf } from '../src/setting-rules.js';
import { head, policyFile, realm, rootKey } from './made.js';

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

describe('what a key that is left out means', () => {
  const shownFor = (from: string, to: string) => both(from, to).filter((line) => !line.startsWith('other'));

  test('a login that goes weakens; one that comes strengthens', () => {
    const line = '    sasl: { mechanism: SCRAM-SHA-512, username: u, password_env: P }\n';
    expect(shownFor(line, '')).toEqual([
      'weaker fixed: connections.kafka.sasl.mechanism removed: SCRAM-SHA-512',
      'stronger fixed: connections.kafka.sasl.mechanism added: SCRAM-SHA-512',
    ]);
  });

  const tls = (inner: string): string => `${text}channel_security: { tls: { ${inner} } }\n`;
  const weak = (date: string): string => tls(`min_version: "1.2", insecure_min_version_until: ${date}`);
  test.each([
    ['channel_security.tls.insecure_min_version_until', weak('2026-12-31'), weak('2027-01-31')],
    [
      'agent_encryption.rotation.insecure_enabled_until',
      `${text}agent_encryption: { rotation: { enabled: false, insecure_enabled_until: 2026-12-31 } }\n`,
      `${text}agent_encryption: { rotation: { enabled: false, insecure_enabled_until: 2027-01-31 } }\n`,
    ],
  ])('a later date of %s weakens, and an earlier one strengthens', (setting, earlier, later) => {
    expect(changesOf(earlier, later)).toMatchObject([{ setting, effect: 'weaker' }]);
    expect(changesOf(later, earlier)).toMatchObject([{ setting, effect: 'stronger' }]);
  });

  test('requirements weaken when they go; TLS 1.3 is what holds without any', () => {
    const required = tls('mtls: true');
    expect(shown(required, text)).toEqual(['weaker: channel_security.tls.mtls removed: true']);
    expect(shown(text, required)).toEqual(['stronger: channel_security.tls.mtls added: true']);
    const least = tls('min_version: "1.3"');
    expect([...shown(text, least), ...shown(least, text)].map((line) => line.split(':')[0])).toEqual([
      'other',
      'other',
    ]);
    expect(shown(text, weak('2026-12-31')).map((line) => line.split(':')[0])).toEqual(['weaker', 'weaker']);
  });

  test('a type without an age has its channel’s, and a channel without one a day', () => {
    const aged = (age: string) =>
      ['content_type: text/plain', `content_type: text/plain, max_age: ${age}`] as const;
    expect(shownFor(...aged('10m'))).toEqual([
      'stronger: channels.news.messages.note.max_age added: 10m',
      'weaker: channels.news.messages.note.max_age removed: 10m',
    ]);
    expect(shownFor(...aged('1h'))).toEqual([]);
    const wider = text.replace('max_age: 1h', 'max_age: 2h');
    expect(shown(text, wider.replace(...aged('2h')))).toContain(
      'weaker: channels.news.messages.note.max_age added: 2h',
    );
    expect(shownFor('    max_age: 1h\n', '').map((line) => line.split(' ')[0])).toEqual([
      'weaker',
      'stronger',
    ]);
    expect(shownFor('max_age: 1h', 'max_age: 24h')[0]).toMatch(/^weaker/);
  });

  test('names that go bring those back that hold without them', () => {
    const acl = (inner: string): string => `${text}acl: { kafka: { ${inner} } }\n`;
    const effects = (older: string, newer: string) => changesOf(older, newer).map(({ effect }) => effect);
    for (const key of ['groups', 'transactional_ids']) {
      const narrow = acl(`${key}: ['{agent}']`);
      expect([effects(narrow, text), effects(text, narrow)]).toEqual([['weaker'], ['stronger']]);
      const single = acl(`agents: { alice: { ${key}: ['{agent}'] } }`);
      expect([effects(single, text), effects(text, single)]).toEqual([['weaker'], ['stronger']]);
      const both = acl(`${key}: ['{agent}'], agents: { alice: { ${key}: ['{agent}'] } }`);
      expect([effects(both, narrow), effects(narrow, both)]).toEqual([['other'], ['other']]);
    }
  });

  test('one root key in place of several weakens', () => {
    const keys = [rootKey, createECDH('prime256v1').generateKeys('base64url')].join(', ');
    const many = text.replace(/root_key: \S+/, `root_keys: [${keys}], root_threshold: 2`);
    expect(shown(many, text).filter((line) => !line.startsWith('other'))).toEqual([
      'weaker fixed: directory.root_threshold removed: 2',
    ]);
  });
});
