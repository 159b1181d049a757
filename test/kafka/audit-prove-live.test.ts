// `sealwire audit prove` over what two running agents wrote: their trails as they stand on the real audit topic.
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inspect } from '@sealwire/envelope';
import type { SecureKafka } from '@sealwire/kafka';
import type { Consumer } from 'kafkajs';
import { command, jsonLines } from '../command.ts';
import { checkInPython } from '../conformance/proof-checker.ts';
import { fixture, fresh } from '../fixture.ts';
import { openStage, sendValues, take, text, type Stage } from './stage.ts';

const values = ['one', 'two', 'three'];
let stage: Stage;
/** In the order of the topic: what the orchestrator sent, then what the researcher answered. */
let hashes: string[];

const reading = (): string[] => [
  ...['--brokers', fixture().kafka.join(',')],
  ...['--policy', stage.policy, '--agent', 'researcher'],
];
const trust = (): string[] => [
  ...['--directory', join(fixture().folder, 'directory.jsonl')],
  ...['--root-key', fixture().rootKey],
];

beforeAll(async () => {
  stage = await openStage({ auditMore: ', checkpoint: { every: 1s }' });
  const [orchestrator, researcher] = [await stage.kafka('orchestrator'), await stage.kafka('researcher')];
  const [asking, answering] = [await producerOf(orchestrator), await producerOf(researcher)];
  const [both, also] = [await consumerOf(orchestrator), await consumerOf(researcher)];
  await sendValues(asking, stage.topic, values);
  await sendValues(answering, stage.topic, ['yes', null]);
  const all = [...values, 'yes', ''];
  for (const consumer of [both, also])
    expect((await take(consumer, 5)).map((got) => (got.message.value === null ? '' : text(got)))).toEqual(
      all,
    );
  const { out } = await command('export', '--topic', stage.topic, ...reading());
  hashes = jsonLines<Record<'value' | 'key', string | null> & { headers: Named[] }>(out).map(
    ({ value, headers }) =>
      inspect({
        value: bytes(value),
        key: null,
        headers: headers.map((one) => ({ name: one.name, values: one.values.map((each) => bytes(each)!) })),
      }).hashes!.message,
  );
});
afterAll(() => stage.close());

interface Named {
  readonly name: string;
  readonly values: string[];
}

const bytes = (base64: string | null): Buffer | null =>
  base64 === null ? null : Buffer.from(base64, 'base64');

async function producerOf(kafka: SecureKafka): Promise<ReturnType<SecureKafka['producer']>> {
  const producer = stage.closes(kafka.producer());
  await producer.connect();
  return producer;
}

/** Each agent in a group of its own: both get everything. */
async function consumerOf(kafka: SecureKafka): Promise<Consumer> {
  const consumer = stage.closes(kafka.consumer({ groupId: fresh('group'), maxWaitTimeInMs: 200 }));
  await consumer.connect();
  await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
  return consumer;
}

interface Said {
  readonly notes?: readonly string[];
}

/** While the agents run: an event counts once a checkpoint covers it. */
async function proofOf(hash: string, ...more: string[]): Promise<{ file: string; said: Said }> {
  const file = join(dirname(stage.policy), `${fresh('proof')}.json`);
  for (;;) {
    const ran = await command(...['audit', 'prove', hash, ...reading(), ...more, '--out', file, '--json']);
    const said = JSON.parse(ran.out) as Said;
    const comes = /no good checkpoint covers it yet|No event of this message/;
    if (!comes.test(ran.exitCode === 0 ? String(said.notes) : ran.out)) return { file, said };
  }
}

test('each message of two running agents is proven from the audit topic, and its proof is good for every checker', async () => {
  const proofs: string[] = [];
  for (const [at, hash] of hashes.entries()) {
    const sender = at < values.length ? 'orchestrator' : 'researcher';
    const { file, said } = await proofOf(hash, ...(at % 2 === 0 ? ['--with-record'] : []));
    expect(said).toMatchObject({ proven: true, sender, signature: { by: sender }, notes: [] });
    const checked = await command('audit', 'check-proof', file, ...trust(), '--json');
    expect([checked.exitCode, JSON.parse(checked.out)]).toEqual([
      0,
      expect.objectContaining({ proven: true, sender }),
    ]);
    proofs.push(file);
  }
  if (checkInPython === null) return;
  const directoryFile = join(fixture().folder, 'directory.jsonl');
  expect(checkInPython({ directoryFile, rootKey: fixture().rootKey, proofs })).toEqual({
    answers: ['orchestrator', 'orchestrator', 'orchestrator', 'researcher', 'researcher'].map(
      (name) => `proven ${name}`,
    ),
    errors: '',
  });
});

test('the same trail verifies, with the checkpoints of an interval in it, and all of it when the agents have ended', async () => {
  const verify = async () => {
    const { out, exitCode } = await command('audit', 'verify', ...reading(), '--grace', '0', '--json');
    const lines = jsonLines<{ finding?: string; summary?: string; checkpoints?: number; ended?: boolean }>(
      out,
    );
    const chains = lines.filter(({ summary }) => summary === 'chain');
    return {
      exitCode,
      findings: lines.filter(({ finding }) => finding !== undefined),
      chains,
      last: lines.at(-1),
    };
  };
  const running = await verify();
  expect(running.findings.filter(({ finding }) => finding !== 'unfinished')).toEqual([]);
  expect(running.chains.map(({ ended, checkpoints }) => [ended, checkpoints! > 0])).toEqual([
    [false, true],
    [false, true],
  ]);
  await stage.close();
  const { findings, chains, last, exitCode } = await verify();
  expect([exitCode, findings, chains.map(({ ended }) => ended)]).toEqual([0, [], [true, true]]);
  expect(last).toMatchObject({
    ok: true,
    chains: 2,
    unfinished: 0,
    reconciliation: { sent: 5, received: 5, neverReceived: 0, neverSent: 0 },
  });
});
