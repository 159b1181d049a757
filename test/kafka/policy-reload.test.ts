// Policies that change while messages flow: each end goes by its own file, and nothing is lost.
import { expect, jest, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { secureKafka } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import { fixture, openAs } from '../fixture.ts';
import { openStage } from './stage.ts';

const schema = (more: object): string =>
  JSON.stringify({ type: 'object', properties: { n: { type: 'integer', ...more } }, required: ['n'] });

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + 300_000; !holds();) {
    if (performance.now() > end) throw new Error(`it did not come to hold: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a route is taken away and given back, a broken file is written, a schema is tightened: all while messages flow', async () => {
  const stage = await openStage({ types: ['agent.message', 'extra'] });
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    const folder = dirname(stage.policy);
    writeFileSync(join(folder, 'v1.json'), schema({}));
    writeFileSync(join(folder, 'v2.json'), schema({ maximum: 1000 }));
    const base = readFileSync(stage.policy, 'utf8').replaceAll(
      'content_type: application/octet-stream',
      'content_type: application/json, schema: v1.json',
    );
    const file = (name: string): string => join(folder, `${name}.yaml`);
    const write = (name: string, text: string): void => writeFileSync(file(name), text);
    const client = async (agent: string) => {
      write(agent, base);
      const sealwire = await openAs(agent, file(agent), { watch: false });
      const kafka = secureKafka(
        sealwire,
        { clientId: agent, brokers: fixture().kafka, logLevel: kafkajs.logLevel.NOTHING },
        {
          describe: ({ headers }) => ({
            type: typeof headers?.['type'] === 'string' ? headers['type'] : 'agent.message',
          }),
        },
      );
      return { sealwire, kafka };
    };
    const [sender, receiver] = [await client('orchestrator'), await client('researcher')];
    const producer = sender.kafka.producer();
    const consumer = receiver.kafka.consumer({ groupId: stage.group, maxWaitTimeInMs: 50 });
    await producer.connect();
    await consumer.connect();
    await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
    const got: number[] = [];
    const extras: number[] = [];
    await consumer.run({
      eachMessage: ({ message }) => {
        const { n } = JSON.parse(message.value!.toString()) as { n: number };
        (message.headers!['type'] === undefined ? got : extras).push(n);
        return Promise.resolve();
      },
    });
    const send = (n: number, type?: string) =>
      producer.send({
        topic: stage.topic,
        messages: [{ value: JSON.stringify({ n }), ...(type === undefined ? {} : { headers: { type } }) }],
      });
    let sentUpTo = 0;
    let flows = true;
    const flow = (async () => {
      while (flows) {
        await send(sentUpTo++ % 1000);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const goesOn = async (what: string): Promise<void> => {
      const from = got.length;
      await until(() => got.length > from + 5, what);
    };

    await send(1, 'extra');
    await until(() => extras.length === 1, 'an extra is delivered');

    // The receiver denies first: what its sender may still send is refused, and kept.
    const without = base.replace(/^ *- \{ type: extra.*\n/m, '');
    write('researcher', without);
    expect(await receiver.sealwire.reload()).toBe(true);
    await send(2, 'extra');
    await goesOn('messages flow while a route is away');
    const [refused] = await stage.raw(stage.quarantine, 1);
    expect(String(refused!.headers!['sealwire-code'])).toBe('ERR_POLICY_TYPE');
    write('orchestrator', without);
    await sender.sealwire.reload();
    await expect(send(3, 'extra')).rejects.toMatchObject({ code: 'ERR_POLICY_TYPE' });

    // A broken file changes nothing.
    for (const name of ['orchestrator', 'researcher']) write(name, base.slice(0, base.length / 3));
    for (const { sealwire } of [sender, receiver])
      await expect(sealwire.reload()).rejects.toMatchObject({ code: 'ERR_USAGE_POLICY' });
    await goesOn('messages flow beside a broken file');

    // Given back.
    for (const name of ['orchestrator', 'researcher']) write(name, base);
    for (const { sealwire } of [receiver, sender]) await sealwire.reload();
    await send(4, 'extra');
    await until(() => extras.length === 2, 'an extra is delivered again');

    // Mapped no more: the partition waits, and is read on.
    write('researcher', base.replace(`topics: ["${stage.topic}"]`, 'topics: ["elsewhere"]'));
    expect(await receiver.sealwire.reload()).toBe(true);
    const [atRest, sentThen] = [got.length, sentUpTo];
    await until(() => sentUpTo > sentThen + 20, 'messages are sent meanwhile');
    expect(got.length).toBeLessThan(atRest + 20);
    write('researcher', base);
    await receiver.sealwire.reload();
    await goesOn('a topic that is mapped again is read on');

    // Tightened, the consumer first, which still takes what was sent by the old schema.
    write('researcher', base.replaceAll('schema: v1.json', 'schema: v2.json, also_accept: [v1.json]'));
    await receiver.sealwire.reload();
    await goesOn('messages of the older schema are taken');
    write('orchestrator', base.replaceAll('schema: v1.json', 'schema: v2.json'));
    await sender.sealwire.reload();
    await expect(send(5000)).rejects.toMatchObject({ code: 'ERR_VALIDATION_PAYLOAD' });
    await goesOn('messages of the newer schema are taken');

    flows = false;
    await flow;
    await until(() => got.length >= sentUpTo, 'all that was sent is delivered');
    expect(got).toEqual(Array.from({ length: sentUpTo }, (_, i) => i % 1000));
    expect(extras).toEqual([1, 4]);
    await producer.disconnect();
    await consumer.disconnect();
    for (const { sealwire } of [sender, receiver]) await sealwire.close();
    const of = (agent: string) => (event: Record<string, unknown>) => event['sender_id'] === agent;
    const changes = await stage.audited('policy.changed', 5, of('researcher'));
    expect(changes.map(({ changes: told }) => told)).toEqual([
      'stronger: channels.orders.messages.extra removed',
      'weaker: channels.orders.messages.extra added',
      expect.stringContaining(`channels.orders.kafka.topics: ${stage.topic} became elsewhere`),
      expect.stringContaining(`channels.orders.kafka.topics: elsewhere became ${stage.topic}`),
      expect.stringContaining('also_accept'),
    ]);
    expect(await stage.audited('policy.refused', 1, of('researcher'))).toMatchObject([
      { code: 'ERR_USAGE_POLICY' },
    ]);
    expect(await stage.audited('policy.changed', 3, of('orchestrator'))).toHaveLength(3);
  } finally {
    warned.mockRestore();
    await stage.close();
  }
});
