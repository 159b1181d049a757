// `sealwire export`: what lies on a topic, self-contained, for an auditor who has the directory and nothing else.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '@sealwire/cli';
import { referenceOf } from '@sealwire/envelope';
import { bareKafka, fixture } from '../fixture.ts';
import { openStage, sendValues, type Stage } from './stage.ts';
import { toolGroupsGone } from './tool-groups.js';

async function command(...words: string[]) {
  const ran = { out: '', err: '' };
  const exitCode = await run(words, {
    out: (text) => void (ran.out += text),
    err: (text) => void (ran.err += text),
  });
  return { exitCode, ...ran };
}

interface Exported {
  readonly partition: number;
  readonly offset: string;
  readonly value: string | null;
  readonly headers: readonly { readonly name: string; readonly values: readonly string[] }[];
}

const linesOf = (out: string): Exported[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Exported);

const envelopeOf = ({ value, headers }: Exported): Buffer =>
  Buffer.from(value ?? headers.find(({ name }) => name === 'sealwire')!.values[0]!, 'base64');

describe.each([false, true])('where messages go by reference: %s', (byReference) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ partitions: 2, byReference });
    const producer = await stage.producer();
    const values = ['{"n":0}', '{"n":1}', null, '{"n":3}'];
    for (const partition of [0, 1])
      await producer.send({
        topic: stage.topic,
        messages: values.map((value) => ({ key: 'k', value, partition })),
      });
  });
  afterAll(() => stage.close());

  const exported = (...more: string[]) =>
    command(
      'export',
      ...['--topic', stage.topic, '--brokers', fixture().kafka.join(',')],
      ...['--policy', stage.policy, '--agent', 'researcher', ...more],
    );
  const verify = (text: string) => {
    const { folder, rootKey } = fixture();
    const file = join(dirname(stage.policy), `exported-${byReference}.jsonl`);
    writeFileSync(file, text);
    return command('verify', file, '--directory', join(folder, 'directory.jsonl'), '--root-key', rootKey);
  };

  test('all of a topic verifies without the broker, tombstones among it, and nothing is left behind', async () => {
    const { exitCode, out, err } = await exported();
    expect([exitCode, err]).toEqual([0, '8 records\n']);
    const lines = linesOf(out);
    for (const partition of [0, 1])
      expect(lines.filter((line) => line.partition === partition).map(({ offset }) => offset)).toEqual([
        '0',
        '1',
        '2',
        '3',
      ]);
    expect(lines.map((line) => referenceOf(envelopeOf(line)))).toEqual(lines.map(() => null));
    const raw = await stage.raw(stage.topic, 8);
    const refer = raw.filter(({ value }) => value !== null && referenceOf(value) !== null);
    expect(refer).toHaveLength(byReference ? 6 : 0);
    const verified = await verify(out);
    expect([verified.exitCode, verified.err]).toEqual([0, '']);
    expect(verified.out).toContain('8 verified, 0 not');
    await toolGroupsGone();
  });

  test('a range is from an offset on, up to but not including another', async () => {
    const places = async (...more: string[]) =>
      linesOf((await exported('--partition', '1', ...more)).out).map(({ offset }) => offset);
    expect(await places('--from-offset', '1', '--to-offset', '3')).toEqual(['1', '2']);
    expect(await places('--from-offset', '2', '--end')).toEqual(['2', '3']);
    expect(await places('--from-offset', '4')).toEqual([]);
    const beyond = await exported('--partition', '1', '--from-offset', '1', '--to-offset', '5');
    expect([beyond.exitCode, beyond.err]).toEqual([1, expect.stringContaining('not including, 4')]);
    const missing = await exported('--partition', '7');
    expect([missing.exitCode, missing.err]).toEqual([1, expect.stringContaining('2 partitions')]);
  });
});

test('what is no sealed message is exported as it is, and so is one whose session is nowhere; they do not verify', async () => {
  const stage = await openStage({ byReference: true });
  try {
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, ['{"n":0}']);
    const [first] = await stage.raw(stage.topic, 1);
    const value = first!.value!;
    const lost = Buffer.from(value);
    lost[value.indexOf(referenceOf(value)!)]! ^= 1;
    const bare = bareKafka().producer();
    await bare.connect();
    await bare.send({ topic: stage.topic, messages: [{ value: 'junk' }, { value: lost }, { value: null }] });
    await bare.disconnect();
    const { exitCode, out, err } = await command(
      'export',
      ...['--topic', stage.topic, '--brokers', fixture().kafka.join(',')],
      ...['--policy', stage.policy, '--agent', 'researcher'],
    );
    expect([exitCode, err]).toEqual([1, expect.stringContaining('4 records\n1 of them')]);
    const values = linesOf(out).map((line) =>
      line.value === null ? null : Buffer.from(line.value, 'base64'),
    );
    expect(values.slice(1)).toEqual([Buffer.from('junk'), lost, null]);
    const file = join(dirname(stage.policy), 'mixed.jsonl');
    writeFileSync(file, out);
    const { folder, rootKey } = fixture();
    const directory = join(folder, 'directory.jsonl');
    const verified = await command('verify', file, '--directory', directory, '--root-key', rootKey);
    expect(verified.out).toContain('1 verified, 3 not');
    for (const code of ['ERR_FORMAT_NOT_SEALED', 'ERR_FORMAT_SESSION_REFERENCE'])
      expect(verified.out).toContain(code);
  } finally {
    await stage.close();
  }
});
