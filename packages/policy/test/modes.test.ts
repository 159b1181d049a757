// Channels that are not held to their policy yet: what must be said for it, and what the file then says of itself.
import { describe, expect, test } from '@jest/globals';
import {
  checkAgainstDirectory,
  comparePolicies,
  controlNotes,
  loadPolicy,
  openRoutes,
  readPolicy,
} from '../src/index.js';
import { directory, head, policyFile, problems } from './made.js';

const day = (fromNow: number): string =>
  new Date(Date.now() + fromNow * 86_400_000).toISOString().slice(0, 10);
const endOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) + 86_400_000;
const kafka = 'kafka: { topics: [news] }';
const rabbitmq = "rabbitmq: { queues: [news], publish: [{ exchange: '', routing_key: news }] }";

function channel(lines: string, places = kafka): string {
  return `${head}channels:
  news:
    ${places}
    messages:
      - { type: item, from: [alice], to: [team], content_type: application/json }
    ${lines}
`;
}

const told = (text: string): string[] => problems(readPolicy, text);
const load = (text: string) => loadPolicy(policyFile(text), { agent: 'alice', env: {} });
const termsOf = (text: string) => load(text).channels[0]!.plaintext;

describe('a mode', () => {
  test('is enforce where nothing is said, and then there are no terms', () => {
    expect(termsOf(channel('max_age: 1h'))).toBeNull();
    expect(termsOf(channel('mode: enforce'))).toBeNull();
  });

  test('that is weaker is refused without its acknowledgement', () => {
    expect(told(channel('mode: observe'))).toEqual([
      '7:5: channels.news has mode: observe, which lets plaintext pass; accept that for a time with plaintext: { insecure_until: a date, from: […] }, or remove mode.',
    ]);
    expect(told(channel('mode: migrate\n    plaintext: { from: [alice], sender_header: x }'))).toEqual([
      expect.stringContaining('channels.news.plaintext.insecure_until is missing'),
    ]);
  });

  test('that is enforce takes no terms', () => {
    const text = `plaintext: { insecure_until: ${day(10)}, insecure_from: anybody }`;
    expect(told(channel(text))).toEqual([
      '7:5: channels.news has plaintext, which mode: enforce does not take; remove it, or write mode: migrate.',
    ]);
  });

  test('is one of three words', () => {
    expect(told(channel('mode: off'))).toEqual([
      expect.stringContaining('channels.news.mode must be one of observe, migrate, enforce.'),
    ]);
  });
});

describe('the terms', () => {
  const migrate = (terms: string, places = kafka): string =>
    channel(`mode: migrate\n    plaintext: { insecure_until: ${day(10)}, ${terms} }`, places);

  test('say who may send plaintext, how that is known, and until when', () => {
    expect(termsOf(migrate('from: [alice, team], sender_header: x-agent, type_header: x-type'))).toEqual({
      mode: 'migrate',
      untilMs: endOf(day(10)),
      from: ['alice', 'team'],
      senderHeader: 'x-agent',
      byUserId: true,
      typeHeader: 'x-type',
    });
    expect(termsOf(migrate('insecure_from: anybody'))).toMatchObject({ from: null, senderHeader: null });
  });

  test('name senders or anybody, never both and never neither', () => {
    const either = expect.stringContaining('channels.news.plaintext must have either from or insecure_from.');
    expect(told(migrate('type_header: x-type'))).toEqual([either]);
    expect(told(migrate('from: [alice], insecure_from: anybody, sender_header: x'))).toEqual([either]);
    expect(told(migrate('insecure_from: everybody'))).toHaveLength(1);
  });

  test('need a header on Kafka, where the broker does not say who has sent', () => {
    expect(told(migrate('from: [alice]'))).toEqual([
      expect.stringContaining('channels.news.plaintext.from cannot be told on Kafka'),
    ]);
    expect(told(migrate('from: [alice]', `${kafka}\n    ${rabbitmq}`))).toHaveLength(1);
  });

  test('need none on RabbitMQ, which vouches for user_id, unless they ask for one', () => {
    expect(termsOf(migrate('from: [alice]', rabbitmq))).toMatchObject({ byUserId: true });
    expect(told(migrate('from: [alice], rabbitmq_sender: header', rabbitmq))).toEqual([
      expect.stringContaining('channels.news.plaintext.rabbitmq_sender needs sender_header'),
    ]);
    expect(
      termsOf(migrate('from: [alice], rabbitmq_sender: header, sender_header: x-agent', rabbitmq)),
    ).toMatchObject({ byUserId: false, senderHeader: 'x-agent' });
  });

  test('last a year at most', () => {
    const lasting = (date: string): string =>
      channel(`mode: migrate\n    plaintext: { insecure_until: ${date}, insecure_from: anybody }`);
    expect(told(lasting(day(400)))).toEqual([
      expect.stringContaining('channels.news.plaintext.insecure_until is more than a year away'),
    ]);
    expect(told(lasting('2027-02-30'))).toHaveLength(1);
  });

  test('name agents and groups of the directory', () => {
    const policy = load(migrate('from: [alice, ghost], sender_header: x-agent'));
    const names = directory(['alice', 'bob'], { team: ['bob'] });
    expect(() => checkAgainstDirectory(policy, names)).toThrow(
      /channels\.news\.plaintext\.from names "ghost"/,
    );
  });

  test('that are over leave a valid file whose channel has the terms, and who asks sees their end', () => {
    const text = channel(
      `mode: migrate\n    plaintext: { insecure_until: 2020-01-01, insecure_from: anybody }`,
    );
    expect(termsOf(text)?.untilMs).toBe(endOf('2020-01-01'));
    const { insecure, over } = controlNotes(load(text).controls);
    expect(insecure).toEqual([]);
    expect(over).toEqual([
      { key: 'channels.news.mode', value: 'migrate', until: '2020-01-02T00:00:00.000Z' },
    ]);
  });
});

describe('what a file says of itself', () => {
  const until = day(20);
  const controls = `
agent_encryption: { enabled: true, encryption: { encrypt_all: true } }
message_validation: { signatures: { enabled: true, algorithm: ECDSA }, format_validation: { enabled: true } }
channel_security: { message_queues: { encryption_at_rest: true } }`;

  test('names each weak channel, and each control that does not hold there', () => {
    const mode = `mode: observe\n    plaintext: { insecure_until: ${until}, insecure_from: anybody }`;
    const { insecure, notEnforced } = controlNotes(load(channel(mode) + controls).controls);
    const iso = new Date(endOf(until)).toISOString();
    const beside = (key: string) => ({ key, value: 'true, but not on news', until: iso });
    expect(insecure).toEqual([
      { key: 'channels.news.mode', value: 'observe', until: iso },
      beside('agent_encryption.enabled'),
      beside('agent_encryption.encryption.encrypt_all'),
      beside('message_validation.signatures.enabled'),
      beside('channel_security.message_queues.encryption_at_rest'),
    ]);
    expect(notEnforced).toEqual([]);
  });

  test('says nothing of that where every channel is held to its policy', () => {
    expect(controlNotes(load(channel('mode: enforce') + controls).controls).insecure).toEqual([]);
  });
});

test('routes tell the terms of a channel by its name, and the channel of a destination', () => {
  const text = channel(
    `mode: migrate\n    plaintext: { insecure_until: ${day(3)}, from: [alice], sender_header: x-agent }`,
    `${kafka}\n    ${rabbitmq}`,
  );
  const names = directory(['alice', 'bob'], { team: ['bob'] });
  const routes = openRoutes(load(text), names, 'alice');
  expect(routes.admitPlaintext).toBe(true);
  expect(routes.plaintextOn?.('news')).toMatchObject({ mode: 'migrate', from: ['alice'] });
  expect(routes.plaintextOn?.('other')).toBeNull();
  expect(routes.channelTo?.({ transport: 'kafka', topic: 'news' })).toBe('news');
  expect(routes.channelTo?.({ transport: 'rabbitmq', exchange: '', routingKey: 'news' })).toBe('news');
  expect(routes.channelTo?.({ transport: 'kafka', topic: 'other' })).toBeNull();
  expect(routes.on?.('news')).toHaveLength(1);
  const strict = openRoutes(load(channel('mode: enforce')), names, 'alice');
  expect(strict.admitPlaintext).toBe(false);
});

test('what becomes weaker is told as that', () => {
  const at = (mode: string, terms: string): string => channel(`mode: ${mode}\n    plaintext: { ${terms} }`);
  const named = `insecure_until: ${day(30)}, from: [alice], sender_header: x-agent`;
  const changes = (before: string, after: string): string[] =>
    comparePolicies(readPolicy(policyFile(before)), readPolicy(policyFile(after))).map(
      ({ effect, setting, live }) =>
        `${effect}${live ? '' : ' fixed'} ${setting.split('.').slice(2).join('.')}`,
    );
  const enforced = channel('mode: enforce');
  const migrating = at('migrate', named);
  expect(changes(enforced, migrating).filter((change) => change.startsWith('weaker'))).toEqual(
    expect.arrayContaining(['weaker mode', 'weaker plaintext.insecure_until', 'weaker plaintext.from']),
  );
  expect(changes(migrating, at('observe', named))).toEqual(['weaker mode']);
  expect(changes(at('observe', named), migrating)).toEqual(['stronger mode']);
  const longer = named.replace(day(30), day(40));
  expect(changes(migrating, at('migrate', longer))).toEqual(['weaker plaintext.insecure_until']);
  expect(changes(migrating, at('migrate', named.replace('[alice]', '[alice, bob]')))).toEqual([
    'weaker plaintext.from',
  ]);
  const anybody = `insecure_until: ${day(30)}, insecure_from: anybody, sender_header: x-agent`;
  expect(changes(migrating, at('migrate', anybody))).toContain('weaker plaintext.insecure_from');
});
