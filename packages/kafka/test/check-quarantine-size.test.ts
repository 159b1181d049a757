// Whether the quarantine topic takes the largest records of its sources.
import { expect, test } from '@jest/globals';
import type { DescribeConfigResponse, Logger } from 'kafkajs';
import { besideBytes, checkQuarantineSize } from '../src/check-quarantine-size.js';
import type { ConfigAdmin } from '../src/topic-retention.js';

async function warnings(limits: Readonly<Record<string, string>>, error?: Error): Promise<string[]> {
  const told: string[] = [];
  const logger = { warn: (text: string) => void told.push(text) } as unknown as Logger;
  const admin = {
    describeConfigs: ({ resources }: { resources: readonly { name: string }[] }) => {
      if (error !== undefined) throw error;
      return Promise.resolve({
        resources: resources.map(({ name }) => ({
          resourceName: name,
          configEntries:
            name in limits ? [{ configName: 'max.message.bytes', configValue: limits[name] }] : [],
        })),
      } as unknown as DescribeConfigResponse);
    },
  } as unknown as ConfigAdmin;
  await checkQuarantineSize('held', ['orders', 'tasks'], admin, logger);
  return told;
}

test('a quarantine that takes 64 KiB more than every source is fine', async () => {
  const held = `${2_000_000 + besideBytes}`;
  expect(await warnings({ held, orders: '2000000', tasks: '1000000' })).toEqual([]);
});

test('each source whose largest records do not fit is told, with what to type', async () => {
  const told = await warnings({ held: '1100000', orders: '1048588', tasks: '1000000' });
  expect(told).toEqual([
    expect.stringContaining(`--entity-name held --add-config max.message.bytes=${1_048_588 + besideBytes}`),
  ]);
  expect(await warnings({})).toHaveLength(2);
});

test('where the broker does not answer, that is said, and nothing fails', async () => {
  const refused = Object.assign(new Error('no'), { type: 'TOPIC_AUTHORIZATION_FAILED' });
  expect(await warnings({}, refused)).toEqual([expect.stringContaining('NOT CHECKED')]);
});
