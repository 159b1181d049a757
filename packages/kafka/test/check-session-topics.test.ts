// What a client finds wrong with a session topic before it sends or reads.
import { describe, expect, test } from '@jest/globals';
import { checkSessionTopics } from '../src/check-session-topics.js';
import type { ConfigAdmin } from '../src/topic-retention.js';
import { silent } from './doubles.js';

type Config = Readonly<Record<string, string>>;
const day = 86_400_000;

/** Topics and their settings; a text in their place is the broker’s refusal. */
function check(topics: Readonly<Record<string, Config | string>>, warnings: string[] = []): Promise<void> {
  const describeConfigs = async ({ resources }: { resources: { name: string }[] }) => {
    const { name } = resources[0]!;
    const config = topics[name] ?? 'UNKNOWN_TOPIC_OR_PARTITION';
    if (typeof config === 'string') throw Object.assign(new Error(config), { type: config });
    const configEntries = Object.entries(config).map(([configName, configValue]) => ({
      configName,
      configValue,
    }));
    return { resources: [{ configEntries }] };
  };
  const rules = { epochMs: day, topics: [{ name: 'sessions', serves: ['a', 'b'] }] };
  const logger = { ...silent, warn: (message: string) => void warnings.push(message) };
  return checkSessionTopics(rules, { describeConfigs } as unknown as ConfigAdmin, logger);
}

const keeps = (ms: number): Config => ({
  'cleanup.policy': 'delete',
  'retention.ms': String(ms),
  'retention.bytes': '-1',
});

describe('[E-37] a session topic', () => {
  test.each([
    ['kept an epoch longer than the longest that it serves', keeps(8 * day), keeps(7 * day), keeps(day)],
    ['kept for ever', keeps(-1), keeps(-1), { 'cleanup.policy': 'compact', 'retention.ms': '1' }],
    [
      'of topics that do not exist yet',
      keeps(day),
      'UNKNOWN_TOPIC_OR_PARTITION',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ],
  ])('is taken when it is %s', async (_, sessions, a, b) => {
    await check({ sessions, a, b });
  });

  test.each([
    [
      'kept one millisecond too short',
      keeps(8 * day - 1),
      keeps(7 * day),
      keeps(day),
      `retention.ms=${8 * day}`,
    ],
    ['of a topic that is kept for ever', keeps(8 * day), keeps(day), keeps(-1), 'retention.ms=-1'],
    [
      'of a compacted topic, which keeps the last for ever',
      keeps(8 * day),
      { 'cleanup.policy': 'compact', 'retention.ms': String(day) },
      keeps(day),
      'retention.ms=-1',
    ],
    [
      'compacted too',
      { ...keeps(-1), 'cleanup.policy': 'compact,delete' },
      keeps(day),
      keeps(day),
      'cleanup.policy=delete',
    ],
    [
      'limited by size',
      { ...keeps(-1), 'retention.bytes': '0' },
      keeps(day),
      keeps(day),
      'retention.bytes=-1',
    ],
    ['not there', 'UNKNOWN_TOPIC_OR_PARTITION', keeps(day), keeps(day), '--create --topic sessions'],
  ])('is refused when it is %s, with what to type', async (_, sessions, a, b, command) => {
    await expect(check({ sessions, a, b })).rejects.toMatchObject({
      code: 'ERR_USAGE_TOPIC',
      message: expect.stringContaining(command),
    });
  });

  test('that may not be asked about is said loudly to be unchecked', async () => {
    const warnings: string[] = [];
    await check({ sessions: 'TOPIC_AUTHORIZATION_FAILED' }, warnings);
    await check({ sessions: keeps(8 * day), a: 'TOPIC_AUTHORIZATION_FAILED', b: keeps(day) }, warnings);
    expect(warnings).toEqual([
      expect.stringContaining('NOT CHECKED'),
      expect.stringContaining('NOT CHECKED'),
    ]);
  });

  test('about which the broker does not answer lets nobody go on', async () => {
    await expect(check({ sessions: 'REQUEST_TIMED_OUT' })).rejects.toThrow('REQUEST_TIMED_OUT');
  });
});
