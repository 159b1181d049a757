// Why a message may be sent or not, and that it is the same answer as the routes give.
import { describe, expect, test } from '@jest/globals';
import {
  explainRoute,
  loadPolicy,
  openRoutes,
  readExamples,
  tryExamples,
  type RouteQuestion,
} from '../src/index.js';
import { directory, head, policyFile, problems } from './made.js';

const text = `${head}channels:
  news:
    kafka: { topics: [news] }
    rabbitmq: { publish: [{ exchange: x, routing_key: 'news.#' }], queues: [news-queue] }
    messages:
      - type: item
        from: [alice, team, 'w-*']
        to: [team]
        content_type: application/json
`;
const agents = ['alice', 'bob', 'carol', 'w-1'];
const names = directory(agents, { team: ['alice', 'bob'] });
const good = { notBeforeMs: 0, notAfterMs: 10, distrustFromMs: null };
const asked = {
  ...names,
  has: (name: string) => names.has(name),
  isMember: (agent: string, group: string) => names.isMember(agent, group),
  sealingKey: () => ({}) as never,
  isAgent: (name: string) => agents.includes(name),
  signingKeys: (): (typeof good)[] => [good],
};
const policy = loadPolicy(policyFile(text), { agent: 'alice' });
const explained = (question: Partial<RouteQuestion>, directory: typeof asked = asked) =>
  explainRoute(policy, directory, { sender: 'alice', type: 'item', ...question }, 5);
const linesOf = (question: Partial<RouteQuestion>) =>
  explained(question).reasons.map(
    ({ holds, text: told, place }) => `${holds ? 'yes' : 'no'} ${place.replace(/^.*yaml/, '')} ${told}`,
  );

test('what allows it is told, every entry with its place in the file', () => {
  expect(explained({ channel: 'news' })).toMatchObject({ allowed: true, code: null, channel: 'news' });
  expect(linesOf({ topic: 'news', recipient: 'bob' })).toEqual([
    'yes :7:23 The topic news is of the channel news.',
    'yes :10:15 The channel news has the message type item.',
    'yes :11:16 from names alice.',
    'yes :11:23 from names the group team, which alice is a member of.',
    expect.stringMatching(/^yes .*alice has a good signing key\.$/),
    'yes :12:13 to names the group team, which bob is a member of.',
  ]);
  expect(linesOf({ sender: 'w-1', exchange: 'x', routingKey: 'news.a' })).toContain(
    'yes :11:29 from has the pattern w-*, which w-1 matches.',
  );
});

test.each<[Partial<RouteQuestion>, string, RegExp]>([
  [{}, 'ERR_USAGE_CHANNEL', /No channel is named/],
  [{ channel: 'nwes' }, 'ERR_USAGE_CHANNEL', /Did you mean news/],
  [{ topic: 'other' }, 'ERR_USAGE_CHANNEL', /No channel maps the topic other/],
  [{ queue: 'other' }, 'ERR_USAGE_CHANNEL', /No channel maps the queue other/],
  [{ exchange: 'x', routingKey: 'old.a' }, 'ERR_USAGE_CHANNEL', /No channel maps the exchange/],
  [{ channel: 'news', type: 'itme' }, 'ERR_POLICY_TYPE', /Did you mean item/],
  [{ channel: 'news', sender: 'carol' }, 'ERR_POLICY_SENDER', /from names neither carol/],
  [{ channel: 'news', sender: 'nobody' }, 'ERR_KEY_UNKNOWN', /no agent nobody/],
  [{ channel: 'news', sender: 'team' }, 'ERR_KEY_UNKNOWN', /no agent team/],
  [{ channel: 'news', recipient: 'carol' }, 'ERR_KEY_NOT_FOR_ME', /to names neither carol/],
])('%j is denied with %s', (question, code, told) => {
  const { allowed, code: found, reasons } = explained(question);
  expect([allowed, found]).toEqual([false, code]);
  expect(reasons.at(-1)).toMatchObject({ holds: false, text: expect.stringMatching(told) });
});

test('a sender without a good key, and an audience without one, are told', () => {
  const revoked = { ...good, distrustFromMs: 3 as never };
  expect(explained({ channel: 'news' }, { ...asked, signingKeys: () => [revoked] }).code).toBe(
    'ERR_KEY_STATUS',
  );
  expect(explained({ channel: 'news' }, { ...asked, signingKeys: () => [] }).code).toBe('ERR_KEY_STATUS');
  expect(explained({ channel: 'news' }, { ...asked, sealingKey: () => null as never }).code).toBe(
    'ERR_KEY_MISSING',
  );
});

test('it says of every agent what the routes say', () => {
  const { inbound, senderAllowed } = openRoutes(policy, names, 'alice');
  for (const sender of agents)
    expect([sender, explained({ sender, channel: 'news' }).allowed]).toEqual([
      sender,
      senderAllowed(inbound('news', 'item')!, sender),
    ]);
});

describe('examples', () => {
  const file = (examples: string): string => policyFile(`version: 1\nexamples:\n${examples}`);
  const results = (examples: string) => tryExamples(policy, asked, readExamples(file(examples)), 5);

  test('come out as they say, or not', () => {
    const all = results(
      [
        '  - allow: { sender: alice, type: item, channel: news }',
        '  - deny: { sender: carol, type: item, topic: news }',
        '  - deny: { sender: carol, type: item, topic: news }',
        '    code: ERR_POLICY_SENDER',
        '  - allow: { sender: carol, type: item, exchange: x, routing_key: news.a }',
        '    why: carol writes too',
        '  - deny: { sender: alice, type: item, queue: news-queue }',
        '  - deny: { sender: carol, type: item, channel: news }',
        '    code: ERR_POLICY_TYPE',
        '',
      ].join('\n'),
    );
    expect(all.map(({ passed }) => passed)).toEqual([true, true, true, false, false, false]);
    expect(all[3]).toMatchObject({ why: 'carol writes too', explanation: { code: 'ERR_POLICY_SENDER' } });
    expect(all[3]!.place).toMatch(/:7:5$/);
  });

  test('every problem of their file is told with its place', () => {
    const wrong = [
      'version: 1',
      'examples:',
      '  - allow: { sender: alice, type: item }',
      '  - { allow: { sender: a, type: t, channel: c }, code: ERR_POLICY_TYPE }',
      '  - deny: { sendr: a, sender: a, type: t, channel: c }',
      '    code: ERR_NOTHING',
      '',
    ].join('\n');
    expect(problems(readExamples, wrong)).toEqual([
      expect.stringMatching(/^3:12: examples\[0\]\.allow lacks channel/),
      expect.stringMatching(/^4:5: examples\[1\] has a code with allow/),
      expect.stringMatching(/^5:13: examples\[2\]\.deny\.sendr is not known here; did you mean "sender"/),
      expect.stringMatching(/^6:11: examples\[2\]\.code must be a code such as/),
    ]);
  });
});
