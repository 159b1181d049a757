// `sealwire audit verify` over a real topic: what stands there as it was written is green, what an insider did is named.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MadeChain } from '../../packages/audit/test/verify/made-trail.ts';
import { agentOf } from '../../packages/cli/test/audit/agent-of.ts';
import { command, jsonLines } from '../command.ts';
import { fixture, fresh, withAdmin } from '../fixture.ts';
import { openStage, type Stage } from './stage.ts';
import { topicOf } from './topic-of.ts';
import { valuesOf } from './values-of.ts';

interface Line {
  readonly finding?: string;
  readonly chain?: string;
  readonly first?: number;
  readonly last?: number;
  readonly place?: { readonly partition: number; readonly offset: string };
}

let stage: Stage;
let chains: MadeChain[];
beforeAll(async () => {
  stage = await openStage();
  const { folder } = fixture();
  chains = ['orchestrator', 'researcher'].map((name) =>
    new MadeChain(agentOf(folder, name), Date.now()).interval(40).interval(30).stop(),
  );
});
afterAll(() => stage.close());

/** A topic of two partitions, one for each chain, with these events in it. */
const copyOf = (events: readonly (readonly Buffer[])[]): Promise<string> =>
  topicOf(
    events,
    chains.map(({ chain }) => chain),
  );

async function verify(topic: string, ...more: string[]) {
  const { exitCode, out } = await command(
    'audit',
    'verify',
    ...['--topic', topic, '--brokers', fixture().kafka.join(',')],
    ...['--policy', stage.policy, '--agent', 'researcher', '--no-reconcile', '--json', ...more],
  );
  const lines = jsonLines<Line>(out);
  return { exitCode, findings: lines.filter(({ finding }) => finding !== undefined), last: lines.at(-1) };
}

describe('the audit trail on a topic', () => {
  test('is proven over all partitions', async () => {
    const topic = await copyOf(chains.map(({ events }) => events));
    const { exitCode, findings, last } = await verify(topic);
    expect([exitCode, findings]).toEqual([0, []]);
    expect(last).toMatchObject({ ok: true, events: 150, proven: 148, chains: 2, unfinished: 0 });
  });

  test('that lacks one event names it, with its place', async () => {
    const [one, other] = chains;
    const topic = await copyOf([one!.events.toSpliced(17, 1), other!.events]);
    const { exitCode, findings } = await verify(topic);
    expect(exitCode).toBe(1);
    expect(findings).toMatchObject([
      { finding: 'missing', chain: one!.chain, first: 17, last: 17, place: { partition: 0, offset: '17' } },
    ]);
  });

  test('with an altered, a copied and a foreign event names each', async () => {
    const [one, other] = chains;
    const altered = Buffer.from(one!.events[5]!.toString().replace('acknowledged', 'acknowledgeD'));
    const topic = await copyOf([
      one!.events.with(5, altered),
      [...other!.events.slice(0, 20), other!.events[3]!, Buffer.from('{}'), ...other!.events.slice(20)],
    ]);
    const { findings } = await verify(topic);
    expect(findings.map(({ finding, chain, first }) => [finding, chain, first]).toSorted()).toEqual(
      [
        ['altered', one!.chain, 5],
        ['duplicated', other!.chain, 3],
        ['inserted', null, null],
      ].toSorted(),
    );
  });

  test('whose head retention removed is green with a note, and with a finding where no retention was', async () => {
    const [one, other] = chains;
    const topic = await copyOf([one!.events.slice(10), other!.events]);
    const removed = await verify(topic);
    expect(removed.exitCode).toBe(1);
    expect(removed.findings).toMatchObject([{ finding: 'missing', chain: one!.chain, first: 0, last: 9 }]);
    const whole = await copyOf(chains.map(({ events }) => events));
    await withAdmin(async (admin) => {
      // Makes kafkajs look for the topic's leaders first.
      await admin.fetchTopicOffsets(whole);
      await admin.deleteTopicRecords({ topic: whole, partitions: [{ partition: 0, offset: '10' }] });
    });
    const retained = await verify(whole);
    expect(retained.exitCode).toBe(0);
    expect(retained.findings).toMatchObject([{ finding: 'beginning', chain: one!.chain, first: 0, last: 9 }]);
  });

  test('that nobody wrote to, or that is not there, is not proven', async () => {
    expect(await verify(await copyOf([]))).toMatchObject({ exitCode: 1, last: { ok: false, events: 0 } });
    expect(await verify(fresh('none'))).toMatchObject({ exitCode: 2, last: { ok: false } });
  });
});

describe('the audit trail that agents wrote', () => {
  let written: Buffer[];
  let own: Stage;
  beforeAll(async () => {
    own = await openStage();
    const consumer = await own.consumer();
    const got = new Set<string>();
    const all = new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message }) => {
            got.add(message.value!.toString());
            if (got.size === 6) resolve();
          },
        })
        .catch(reject);
    });
    const producer = await own.producer();
    for (const value of ['a', 'b', 'c', 'd', 'e', 'f'])
      await producer.send({ topic: own.topic, messages: [{ value, partition: 0 }] });
    await all;
    await own.close();
    written = await valuesOf(own.audit);
  });

  const unmappedOf = (line: Buffer) =>
    (JSON.parse(line.toString()) as { unmapped: { kind: string; chain: string; sequence: number } }).unmapped;

  test('is proven to its last event, and both ends of each message are there', async () => {
    const { exitCode, out } = await command(
      'audit',
      'verify',
      ...['--brokers', fixture().kafka.join(','), '--policy', own.policy, '--agent', 'researcher'],
      ...['--grace', '0', '--json'],
    );
    const lines = jsonLines<Line>(out);
    expect(lines.filter(({ finding }) => finding !== undefined)).toEqual([]);
    expect(lines.at(-1)).toMatchObject({
      ok: true,
      unfinished: 0,
      reconciliation: { sent: 6, received: 6, neverReceived: 0, neverSent: 0 },
    });
    expect(exitCode).toBe(0);
  });

  test('names each event that was taken out of a copy, or altered in one', async () => {
    const at = written.findIndex((line) => unmappedOf(line).kind === 'message.sent') + 2;
    const { chain, sequence: first } = unmappedOf(written[at]!);
    const named = async (lines: readonly Buffer[]) => (await verify(await topicOf([lines]))).findings;
    expect(await named(written.toSpliced(at, 1))).toMatchObject([{ finding: 'missing', chain, first }]);
    const altered = Buffer.from(written[at]!.toString().replace('"orders"', '"orderz"'));
    expect(altered).not.toEqual(written[at]);
    expect(await named(written.with(at, altered))).toMatchObject([{ finding: 'altered', chain, first }]);
  });
});
