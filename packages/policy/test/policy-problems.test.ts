// What is wrong with a policy is told with its place, all at once, and without its secrets.
import { describe, expect, test } from '@jest/globals';
import { readPolicy } from '../src/index.js';
import { head, least, oneChannel, policyFile, problems } from './made.js';

const found = (text: string | Buffer): string[] => problems(readPolicy, text);

test('every problem is told, in the order of the file, with line, column, key, fault and fix', () => {
  expect(
    found(`version: 2
reaml: 12
directory: { file: directory.json }
keys: { folder: keys, passphrase_file: secrets/passphrase, password: x }
channels:
  a:
    kafka: { topcis: [t] }
    messages:
      - { type: m, from: alice, to: [team, team], content_type: json }
    max_age: 15 minutes
  b:
    kafka: { topics: [t] }
    messages:
      - { type: m, from: [alice], to: [team], content_type: a/b }
      - { type: m, from: [bob], to: [bob], content_type: a/b }
  c:
    kafka: { topics: [t] }
    rabbitmq: {}
    messages: []
limits: { max_message: 1MB }
`),
  ).toEqual([
    '1:1: realm is missing; it must be 32 lower-case hex digits, the same as in the directory.',
    '1:10: version must be 1, the version of this format.',
    '2:1: reaml is not known here; did you mean "realm"?',
    '3:12: directory must have either root_key, root_key_file or root_keys.',
    '4:60: keys.password is not known here; remove it, or use one of: folder, passphrase_file, passphrase_env, pkcs11.',
    '7:12: channels.a.kafka.topics is missing; it must be a list of topics.',
    '7:14: channels.a.kafka.topcis is not known here; did you mean "topics"?',
    '9:26: channels.a.messages[0].from must be a list of agents, groups and patterns of agents, such as [a, b].',
    '9:44: channels.a.messages[0].to[1] stands twice; remove one.',
    '9:65: channels.a.messages[0].content_type must be a media type such as application/json.',
    '10:14: channels.a.max_age must be a duration from 1s to 365d, as a whole number with ms, s, m, h or d.',
    '15:17: channels.b.messages[1].type is already described by channels.b.messages[0].type; put all its senders and its one audience into one entry.',
    '18:15: channels.c.rabbitmq must have publish, queues or both.',
    '19:15: channels.c.messages is empty; it must list at least one of: messages {type, from, to, content_type}.',
    '20:24: limits.max_message must be a size from 1KiB to 64MiB: bytes, or a whole number with KiB, MiB or GiB.',
  ]);
});

describe('a value is refused:', () => {
  const swap = (from: string | RegExp, to: string): string => {
    const text = least.replace(from, to);
    if (text === least) throw new Error('nothing was changed');
    return text;
  };

  test.each<[string, string, string]>([
    [
      'a realm in capitals',
      swap(/realm: .*/, `realm: ${'AB'.repeat(16)}`),
      'realm must be 32 lower-case hex digits',
    ],
    [
      'a compressed root key',
      swap(/root_key: \S+/, `root_key: ${Buffer.alloc(33, 2).toString('base64url')}`),
      'directory.root_key must be the public root key',
    ],
    ['a root key with stray bits', swap(/UfU /, 'UfV '), 'directory.root_key must be the public root key'],
    [
      'two root keys',
      swap('root_key:', 'root_key_file: x, root_key:'),
      'directory must have either root_key, root_key_file or root_keys',
    ],
    [
      'a folder and a token',
      swap('folder: keys', "folder: keys, pkcs11: { module: 'm', token_label: t, pin_env: P }"),
      'keys must have either folder or pkcs11',
    ],
    [
      'a passphrase for a token',
      swap('folder: keys', "pkcs11: { module: 'm', token_label: t, pin_env: P }"),
      'keys must have no passphrase with pkcs11: a token has a PIN',
    ],
    [
      'a token without a name',
      swap('folder: keys, passphrase_file: secrets/passphrase', "pkcs11: { module: 'm', pin_env: P }"),
      'keys.pkcs11 must have either token_label or slot',
    ],
    [
      'a token with two PINs',
      swap(
        'folder: keys, passphrase_file: secrets/passphrase',
        "pkcs11: { module: 'm', slot: 0, pin_env: P, pin_file: p }",
      ),
      'keys.pkcs11 must have either pin_file or pin_env',
    ],
    [
      'two passphrases',
      swap('passphrase_file', 'passphrase_env: X, passphrase_file'),
      'keys must have either passphrase_file or passphrase_env',
    ],
    [
      'another placeholder',
      swap('folder: keys', "folder: 'keys/{name}'"),
      'keys.folder must be a path; {agent} is the only placeholder',
    ],
    ['an empty path', swap('folder: keys', "folder: ''"), 'keys.folder is empty'],
    ['an agent with a space', `agent: a b\n${least}`, 'agent must be the name of an agent'],
    ['a channel name with a slash', swap('  news:', '  ne/ws:'), 'channels.ne/ws is no channel name'],
    ['no channels', `${head}channels: {}\n`, 'channels is empty'],
    ['channels as a list', `${head}channels: [a]\n`, 'channels must be a map of your channels'],
    [
      'a channel mapped to nothing',
      swap('    kafka: { topics: [news] }\n', ''),
      'channels.news is mapped to nothing',
    ],
    [
      'a topic with a space',
      swap('topics: [news]', 'topics: [ne ws]'),
      'channels.news.kafka.topics[0] must be a Kafka topic',
    ],
    [
      'a topic that is no file name',
      swap('topics: [news]', 'topics: [..]'),
      'channels.news.kafka.topics[0] must be a Kafka topic',
    ],
    ['a missing audience', swap('to: [team], ', ''), 'channels.news.messages[0].to is missing'],
    [
      'a missing content type',
      swap(', content_type: application/json', ''),
      'channels.news.messages[0].content_type is missing',
    ],
    [
      'an audience of 33',
      swap('to: [team]', `to: [${Array.from({ length: 33 }, (_, i) => `a${i}`).join(', ')}]`),
      'channels.news.messages[0].to has more than 32 entries',
    ],
    [
      'a tracing header',
      `${least}    clear_headers: [traceparent]\n`,
      'channels.news.clear_headers[0] must be a header name',
    ],
    [
      'a header of Sealwire’s',
      `${least}    clear_headers: [Sealwire-code]\n`,
      'channels.news.clear_headers[0] must be a header name',
    ],
    ['an age without unit', `${least}    max_age: 60\n`, 'channels.news.max_age must be a duration'],
    [
      'an age of a type beyond the channel’s, which bounds what is remembered',
      `${least.replace('application/json }', 'application/json, max_age: 2m }')}    max_age: 1m\n`,
      'channels.news has a message type with a longer max_age',
    ],
    [
      'an age of a type beyond what a channel has that states none',
      least.replace('application/json }', 'application/json, max_age: 25h }'),
      'channels.news has a message type with a longer max_age',
    ],
    ['an age of nothing', `${least}    max_age: 0s\n`, 'channels.news.max_age must be a duration from 1s'],
    [
      'a skew of hours',
      `${least}freshness: { skew: 2h }\n`,
      'freshness.skew must be a duration from 0s to 10m',
    ],
    [
      'an epoch of a year',
      `${least}session: { epoch: 365d }\n`,
      'session.epoch must be a duration from 1m to 30d',
    ],
    ['a huge message', `${least}limits: { max_message: 1024MiB }\n`, 'limits.max_message must be a size'],
    [
      'an unknown verdict',
      `${least}quarantine: { on_reject: ignore }\n`,
      'quarantine.on_reject must be one of quarantine, halt, drop',
    ],
    ['an empty section', `${least}audit:\n`, 'audit must be a map of kafka_topic, rabbitmq_exchange'],
    [
      'the default exchange for audit',
      `${least}audit: { rabbitmq_exchange: '' }\n`,
      'audit.rabbitmq_exchange is empty',
    ],
    ['an unknown section', `${least}schemas: {}\n`, 'schemas is not known here'],
    ['a merge key', `${least}<<: { session: { epoch: 1h } }\n`, '<< is not known here'],
  ])('%s', (_, text, problem) => {
    expect(found(text).map((line) => line.replace(/^\d+:\d+: /, ''))).toEqual([
      expect.stringContaining(problem),
    ]);
  });
});

describe('a connection is refused:', () => {
  const kafka = (inner: string): string => `${least}connections:\n  kafka: { ${inner} }\n`;
  const rabbitmq = (inner: string): string => `${least}connections:\n  rabbitmq: { ${inner} }\n`;
  const certificate = 'tls: { ca_file: a, cert_file: b, key_file: c }';

  test.each<[string, string, string]>([
    [
      'no tls',
      kafka('sasl: { mechanism: PLAIN, username: u, password_env: P }'),
      'connections.kafka.tls is missing',
    ],
    ['no CA', kafka('tls: { cert_file: b, key_file: c }'), 'connections.kafka.tls.ca_file is missing'],
    [
      'a certificate without key',
      kafka('tls: { ca_file: a, cert_file: b }'),
      'must have both cert_file and key_file',
    ],
    [
      'neither certificate nor sasl',
      kafka('tls: { ca_file: a }'),
      'connections.kafka proves nothing to the broker',
    ],
    [
      'verification turned off',
      kafka(`tls: { ca_file: a, cert_file: b, key_file: c, verify: no }`),
      'connections.kafka.tls.verify is not known here',
    ],
    [
      'an older TLS',
      kafka(`tls: { ca_file: a, cert_file: b, key_file: c, min_version: TLSv1.2 }`),
      'connections.kafka.tls.min_version is not known here',
    ],
    [
      'an address as server name',
      kafka('tls: { ca_file: a, cert_file: b, key_file: c, server_name: 10.0.0.1 }'),
      'server_name must be a DNS name',
    ],
    [
      'OAUTHBEARER with a password',
      kafka(`${certificate}, sasl: { mechanism: OAUTHBEARER, username: u, password_env: P }`),
      'must have no password: OAUTHBEARER takes a token',
    ],
    [
      'a token file without OAUTHBEARER',
      kafka(`${certificate}, sasl: { mechanism: PLAIN, username: u, password_env: P, token_file: t }`),
      'must have token_file with OAUTHBEARER only',
    ],
    [
      'OAUTHBEARER with RabbitMQ',
      rabbitmq(`${certificate}, sasl: { mechanism: OAUTHBEARER }`),
      'mechanism must be one of PLAIN, EXTERNAL',
    ],
    [
      'EXTERNAL with Kafka',
      kafka(`${certificate}, sasl: { mechanism: EXTERNAL, username: u, password_env: P }`),
      'mechanism must be one of',
    ],
    [
      'SCRAM with RabbitMQ',
      rabbitmq(`${certificate}, sasl: { mechanism: SCRAM-SHA-512, username: u, password_env: P }`),
      'mechanism must be one of PLAIN, EXTERNAL',
    ],
    [
      'no password',
      kafka(`${certificate}, sasl: { mechanism: PLAIN, username: u }`),
      'must have either password_file or password_env',
    ],
    [
      'two passwords',
      kafka(`${certificate}, sasl: { mechanism: PLAIN, username: u, password_env: P, password_file: f }`),
      'must have either password_file or password_env',
    ],
    ['no user', rabbitmq(`${certificate}, sasl: { mechanism: PLAIN, password_env: P }`), 'lacks username'],
    [
      'no sasl with RabbitMQ, which would be guest',
      rabbitmq(certificate),
      'connections.rabbitmq.sasl is missing',
    ],
    [
      'EXTERNAL without certificate',
      rabbitmq('tls: { ca_file: a }, sasl: { mechanism: EXTERNAL }'),
      'EXTERNAL is the client certificate',
    ],
    [
      'EXTERNAL with a password',
      rabbitmq(`${certificate}, sasl: { mechanism: EXTERNAL, password_env: P }`),
      'must have no username and no password',
    ],
  ])('%s', (_, text, problem) => {
    expect(found(text).join('\n')).toContain(problem);
  });
});

describe('channels are told apart:', () => {
  const channel = (name: string, inner: string): string =>
    `  ${name}:\n    ${inner}\n    messages: [{ type: m, from: [a], to: [b], content_type: a/b }]\n`;
  const both = (a: string, b: string): string[] =>
    found(`${head}channels:\n${channel('one', a)}${channel('two', b)}`);

  test('one topic in two channels', () => {
    expect(both('kafka: { topics: [x, t] }', 'kafka: { topics: [t] }')).toEqual([
      expect.stringContaining(
        'channels.two.kafka.topics[0] is already taken by channels.one.kafka.topics[1]',
      ),
    ]);
  });

  test('a session topic may serve several channels, and carries nothing else', () => {
    const by = (topic: string, sessions: string): string =>
      `kafka: { topics: [${topic}], session_topic: ${sessions} }`;
    expect(() => both(by('x', 's'), by('y', 's'))).toThrow('nothing was thrown');
    for (const [taken, place] of [
      ['x', 'channels.one.kafka.topics[0]'],
      ['y', 'channels.two.kafka.topics[0]'],
      ['sealwire.quarantine', 'quarantine.kafka_topic'],
      ['sealwire.audit', 'audit.kafka_topic'],
    ] as const) {
      expect(both(by('x', 's'), by('y', taken))).toEqual([
        expect.stringContaining(`channels.two.kafka.session_topic is already taken by ${place}`),
      ]);
    }
    const onRabbitmq = both('rabbitmq: { queues: [q], session_topic: s }', 'kafka: { topics: [t] }');
    expect(onRabbitmq).toEqual([expect.stringContaining('channels.one.rabbitmq.session_topic is not known')]);
  });

  test('one queue in two channels', () => {
    expect(both('rabbitmq: { queues: [q] }', 'rabbitmq: { queues: [q] }')).toEqual([
      expect.stringContaining(
        'channels.two.rabbitmq.queues[0] is already taken by channels.one.rabbitmq.queues[0]',
      ),
    ]);
  });

  test('routing keys that could mean two channels', () => {
    const publish = (exchange: string, key: string): string =>
      `rabbitmq: { publish: [{ exchange: ${exchange}, routing_key: '${key}' }] }`;
    expect(both(publish('x', 'a.#'), publish('x', '*.b'))).toEqual([
      expect.stringContaining(
        'channels.two.rabbitmq.publish[0] overlaps with channels.one.rabbitmq.publish[0]',
      ),
    ]);
    expect(() => both(publish('x', 'a.#'), publish('y', '*.b'))).toThrow('nothing was thrown');
    expect(() => both(publish('x', 'a.#'), publish('x', 'b.#'))).toThrow('nothing was thrown');
  });

  test('topics and queues of quarantine and audit carry no channel', () => {
    expect(both('kafka: { topics: [sealwire.quarantine] }', 'kafka: { topics: [sealwire.audit] }')).toEqual([
      expect.stringContaining('channels.one.kafka.topics[0] is already taken by quarantine.kafka_topic'),
      expect.stringContaining('channels.two.kafka.topics[0] is already taken by audit.kafka_topic'),
    ]);
    expect(both('rabbitmq: { queues: [sealwire.quarantine] }', 'kafka: { topics: [t] }')).toHaveLength(1);
    expect(
      both(
        "rabbitmq: { publish: [{ exchange: sealwire.audit, routing_key: '' }] }",
        'kafka: { topics: [t] }',
      ),
    ).toEqual([expect.stringContaining('publishes to the exchange of the audit trail')]);
    expect(found(`${least}audit: { kafka_topic: sealwire.quarantine }\n`)).toHaveLength(1);
  });
});

test('no message quotes what could be a secret', () => {
  const secret = 'hunter2-hunter2';
  const texts = [
    `${least}password: ${secret}\n`,
    `${least}password: ${secret}: ${secret}\n`,
    `${least}password: "${secret}\n`,
    `${least}password: [${secret}\n`,
    `${least}${secret}\n`,
    `${least}password: *${secret}\n`,
    `${least}password: !${secret} x\n`,
    `${least}connections: { kafka: { tls: { ca_file: a }, sasl: { mechanism: ${secret}, username: u, password: ${secret} } } }\n`,
    least.replace('passphrase_file: secrets/passphrase', `passphrase_env: "${secret} "`),
    least.replace(/root_key: \S+/, `root_key: ${secret}`),
    oneChannel.replace('item', secret),
  ];
  for (const text of texts) expect(found(text).join('\n')).not.toContain(secret);
});

test('a pattern may stand in from, never where keys or operators are named', () => {
  const withMessage = (from: string, to: string, more = ''): string =>
    `${head}channels: { a: { kafka: { topics: [a] }, messages: [{ type: t, from: ${from}, to: ${to}, content_type: a/b }] } }\n${more}`;
  expect(() => readPolicy(policyFile(withMessage("['planner-*']", '[bob]')))).not.toThrow();
  expect(problems(readPolicy, withMessage("['planner-**']", "['team-*']"))).toEqual([
    expect.stringContaining('from[0] must be the name of an agent or a group, or a pattern'),
    expect.stringContaining(
      'to[0] must be the name of an agent or a group; not a pattern (*), because messages',
    ),
  ]);
  expect(problems(readPolicy, withMessage('[a]', '[b]', "quarantine: { redrive_by: ['op-*'] }\n"))).toEqual([
    expect.stringContaining('redrive_by[0] must be the name of an agent or a group, without *'),
  ]);
});
