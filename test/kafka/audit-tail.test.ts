// `sealwire audit tail` and `stats` over a real topic: what is there, what comes, and a quiet end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import type { Producer } from 'kafkajs';
import { command } from '../command.ts';
import { eventLine } from '../../packages/cli/test/audit/made-events.ts';
import { bareKafka, createTopics, fixture, fresh } from '../fixture.ts';
import { openStage } from './stage.ts';

const program = new URL('../../packages/cli/bin/sealwire.js', import.meta.url).pathname;

async function writing(topic: string): Promise<Producer> {
  await createTopics([topic], 2);
  const producer = bareKafka().producer();
  await producer.connect();
  return producer;
}

test('tail shows the last events of each partition, then what comes, and ends in order on Ctrl-C', async () => {
  const stage = await openStage();
  const topic = fresh('trail');
  const producer = stage.closes(await writing(topic));
  const write = (partition: number, ...values: string[]) =>
    producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
  const old = Array.from({ length: 20 }, (_, n) => eventLine(n));
  await write(0, ...old);
  await write(1, eventLine(100), 'no event \u001b[2J');
  const source = ['--brokers', fixture().kafka.join(','), '--topic', topic, '--policy', stage.policy];
  const words = ['audit', 'tail', ...source, '--agent', 'researcher', '--json', '--lines', '3'];
  const flags = ['--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...flags, program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const shown = async (count: number): Promise<string[]> => {
    while (said.out.split('\n').length <= count) {
      if (child.exitCode !== null) throw new Error(`it has ended: ${said.err}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return said.out.split('\n').slice(0, -1);
  };
  try {
    expect((await shown(4)).sort()).toEqual([...old.slice(-3), eventLine(100)].sort());
    const more = [eventLine(20), eventLine(101)];
    await write(0, more[0]!);
    await shown(5);
    await write(1, more[1]!);
    expect((await shown(6)).slice(4)).toEqual(more);
  } finally {
    child.kill('SIGINT');
  }
  const [code] = (await once(child, 'close')) as [number | null];
  expect([code, said.err]).toEqual([0, 'Records that are no events, and are not shown: 1\n']);

  const summed = await command('audit', 'stats', ...source, '--agent', 'researcher', '--json');
  expect(JSON.parse(summed.out)).toMatchObject({ ok: true, events: 23, notEvents: 1 });
  const part = await command(
    'audit',
    'tail',
    ...source,
    '--agent',
    'researcher',
    '--no-follow',
    '--since',
    '2h',
  );
  expect(part).toMatchObject({ exitCode: 0, out: '' }); // The events say that they are older.
  await stage.close();
});
