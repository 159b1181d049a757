// The command line looks at records as they lie on a broker: inspect shows one, verify checks what was exported.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '@sealwire/cli';
import { fixture } from '../fixture.ts';
import { openStage, type Stage } from './stage.ts';
import { toolGroupsGone } from './tool-groups.js';

async function command(...words: string[]) {
  const ran = { out: '', err: '' };
  const exitCode = await run(words, {
    out: (text) => void (ran.out += text),
    err: (text) => void (ran.err += text),
  });
  return { exitCode, ...ran };
}

describe('a record on a topic', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ partitions: 2 });
    const producer = await stage.producer();
    const messages = ['{"n":0}', '{"n":1}', null].map((value) => ({ key: 'k', value, partition: 1 }));
    await producer.send({ topic: stage.topic, messages });
  });
  afterAll(() => stage.close());

  const at = (offset: string, partition = '1'): string[] => [
    'inspect',
    ...['--topic', stage.topic, '--partition', partition, '--offset', offset],
    ...['--brokers', fixture().kafka.join(','), '--policy', stage.policy, '--agent', 'researcher', '--json'],
  ];

  test('is shown, and nothing is committed or left behind', async () => {
    for (const [offset, tombstone] of [
      ['1', false],
      ['2', true],
    ] as const) {
      const { exitCode, out, err } = await command(...at(offset));
      expect([exitCode, err, exitCode === 0 ? '' : out]).toEqual([0, '', '']);
      const { records } = JSON.parse(out) as { records: Record<string, unknown>[] };
      expect(records).toEqual([
        expect.objectContaining({ name: `${stage.topic}[1]@${offset}`, wellFormed: true, tombstone }),
      ]);
    }
    await toolGroupsGone();
  });

  test.each([
    ['3', '1', 'not including, 3'],
    ['0', '7', '2 partitions'],
  ])('at offset %s of partition %s is none, and it says so', async (offset, partition, why) => {
    const { exitCode, out } = await command(...at(offset, partition));
    expect([exitCode, JSON.parse(out)]).toEqual([
      1,
      expect.objectContaining({ ok: false, code: 'ERR_USAGE_RECORD', message: expect.stringContaining(why) }),
    ]);
  });

  test('verifies as exported, and not with another key', async () => {
    const raw = await stage.raw(stage.topic, 3);
    const lines = raw.map(({ value, key, headers, offset }) =>
      JSON.stringify({
        topic: stage.topic,
        partition: 1,
        offset,
        value: value?.toString('base64') ?? null,
        key: key?.toString('base64') ?? null,
        headers: Object.entries(headers ?? {}).map(([name, each]) => ({
          name,
          values: [each].flat().map((one) => Buffer.from(one as Buffer).toString('base64')),
        })),
      }),
    );
    const file = join(dirname(stage.policy), 'records.jsonl');
    const { folder, rootKey } = fixture();
    const verify = (text: string) => {
      writeFileSync(file, text);
      return command('verify', file, '--directory', join(folder, 'directory.jsonl'), '--root-key', rootKey);
    };
    const all = await verify(lines.join('\n'));
    expect([all.exitCode, all.err]).toEqual([0, '']);
    expect(all.out).toContain('3 verified, 0 not');
    const other = await verify(lines.join('\n').replace('"key":"aw=="', '"key":"bA=="'));
    expect([other.exitCode, other.out]).toEqual([1, expect.stringContaining('ERR_INTEGRITY_SIGNATURE')]);
  });
});
