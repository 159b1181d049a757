// Agents name one another’s newest checkpoints, so that it shows where all of one agent’s events are gone.
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { command, jsonLines } from '../command.ts';
import { bareKafka, createTopics, fixture, fresh } from '../fixture.ts';
import { openStage, sendValues, take, type Stage } from './stage.ts';
import { topicOf } from './topic-of.ts';
import { valuesOf } from './values-of.ts';

interface Unmapped {
  readonly kind: string;
  readonly writer: string;
  readonly chain: string;
  readonly sequence: number;
  readonly checkpoint?: string;
}

let stage: Stage | null = null;
afterEach(async () => {
  jest.restoreAllMocks();
  await stage?.close();
  stage = null;
});

const unmappedOf = (line: Buffer): Unmapped =>
  (JSON.parse(line.toString()) as { unmapped: Unmapped }).unmapped;

/** Which chain each agent writes, and which chains its checkpoints name. */
function namings(events: readonly Buffer[]) {
  const byWriter = new Map<string, { chain: string; names: Set<string> }>();
  for (const { writer, chain, checkpoint = '' } of events.map(unmappedOf)) {
    const known = byWriter.get(writer) ?? { chain, names: new Set<string>() };
    for (const [, seen] of checkpoint.matchAll(/^seen (\S+) /gm)) known.names.add(seen!);
    byWriter.set(writer, known);
  }
  return byWriter;
}

const withNotices = (topic: string): string => `, checkpoint: { every: 1s, topic: ${topic} }`;

/** Two agents that talk until each has named the other. */
async function eachNamesTheOther(own: Stage): Promise<Buffer[]> {
  const producer = await own.producer();
  const taken = take(await own.consumer(), 3);
  const endMs = performance.now() + 300_000;
  for (let sent = 1; ; sent++) {
    await sendValues(producer, own.topic, ['a']);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const events = await valuesOf(own.audit);
    const [sender, receiver] = ['orchestrator', 'researcher'].map((name) => namings(events).get(name));
    const named = sender?.names.has(receiver?.chain ?? '') && receiver?.names.has(sender.chain);
    if (named === true && sent >= 3) break;
    if (performance.now() > endMs)
      throw new Error(
        `one did not name the other: ${JSON.stringify([...namings(events)].map(([by, { chain, names }]) => [by, chain, [...names]]))}`,
      );
  }
  await taken;
  await own.close();
  return valuesOf(own.audit);
}

async function verify(policy: string, topic: string) {
  const { exitCode, out } = await command(
    'audit',
    'verify',
    ...['--topic', topic, '--brokers', fixture().kafka.join(','), '--policy', policy],
    ...['--agent', 'researcher', '--no-reconcile', '--json'],
  );
  const lines = jsonLines<{ finding?: string; chain?: string; why?: string }>(out);
  return { exitCode, findings: lines.filter(({ finding }) => finding !== undefined), last: lines.at(-1) };
}

describe('A-15: agents that tell one another of their checkpoints', () => {
  test('leave a trail that is proven, and in which it shows where all of one agent’s events are gone', async () => {
    const notices = fresh('notices');
    await createTopics([notices]);
    stage = await openStage({ auditMore: withNotices(notices) });
    const events = await eachNamesTheOther(stage);
    const whole = await verify(stage.policy, stage.audit);
    expect([whole.exitCode, whole.findings]).toEqual([0, []]);
    for (const [writer, { chain }] of namings(events)) {
      const left = await topicOf([events.filter((line) => unmappedOf(line).writer !== writer)]);
      const { exitCode, findings, last } = await verify(stage.policy, left);
      expect(exitCode).toBe(1);
      expect(findings).toMatchObject([{ finding: 'lost_end', chain, first: 0 }]);
      expect(findings[0]!.why).toContain('Nothing of it is here.');
      expect(last).toMatchObject({ ok: false, wrong: 1 });
    }
  });

  test('A-20: name nothing of what others put there, whatever it is, and go on', async () => {
    const notices = fresh('notices');
    await createTopics([notices]);
    stage = await openStage({ auditMore: withNotices(notices) });
    const bare = bareKafka().producer();
    await bare.connect();
    const chain = 'ab'.repeat(16);
    const forged = `sealwire/v1/audit-notice/kafka/${chain}\n9\n${'A'.repeat(43)}=\nkey ${chain}\ntime ${Date.now()}\n\n\u2014 researcher ${'A'.repeat(96)}\n`;
    const junk = [null, '', '{}', forged, 'x'.repeat(500_000)];
    await bare.send({ topic: notices, messages: junk.map((value) => ({ key: chain, value })) });
    for (let sent = 0; sent < 10_000; sent += 1_000) {
      const values = Array.from({ length: 1_000 }, (_, i) => forged.replace('\n9\n', `\n${sent + i}\n`));
      await bare.send({ topic: notices, messages: values.map((value) => ({ key: value, value })) });
    }
    await bare.disconnect();
    const events = await eachNamesTheOther(stage);
    const chains = new Set(events.map((line) => unmappedOf(line).chain));
    for (const { names } of namings(events).values())
      for (const name of names) expect(chains).toContain(name);
    expect(await verify(stage.policy, stage.audit)).toMatchObject({ exitCode: 0, findings: [] });
  });

  test('A-19: send, receive and audit as before where the topic is missing, and say so', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const notices = fresh('notices');
    stage = await openStage({ auditMore: withNotices(notices) });
    const taken = take(await stage.consumer(), 3);
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, ['a', 'b', 'c']);
    await taken;
    await stage.audited('audit.checkpoint', 2);
    for (let round = 0; warned.mock.calls.length === 0 && round < 3_000; round++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(warned.mock.calls.map(String).join()).toContain(`--create --topic ${notices}`);
    await stage.close();
    expect(await verify(stage.policy, stage.audit)).toMatchObject({ exitCode: 0, findings: [] });
  });
});
