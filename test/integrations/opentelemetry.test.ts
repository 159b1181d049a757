// OpenTelemetry's own instrumentation of kafkajs and amqplib, below the wrappers: its spans, their parents, and what it adds.
import { spawn } from 'node:child_process';
import { text as textOf } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { bareKafka, fixture } from '../fixture.ts';
import { openStage as kafkaStage } from '../kafka/stage.ts';
import { openStage as rabbitmqStage } from '../rabbitmq/stage.ts';
import type { TracedReport, TracedSpan, TracedStart } from './traced-process.ts';

/** Instrumentation hooks Node's module loader, which is not there inside of jest. */
async function traced(start: TracedStart): Promise<TracedReport> {
  const program = new URL('traced-process.ts', import.meta.url).pathname;
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...flags, program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(start));
  const lines = (await textOf(child.stdout)).trim().split('\n'); // kafkajs logs before the last one
  return JSON.parse(lines.at(-1)!) as TracedReport;
}

const named = (spans: readonly TracedSpan[], name: string): TracedSpan[] =>
  spans.filter((span) => span.name === name);
const one = (spans: readonly TracedSpan[], name: string): TracedSpan => {
  const found = named(spans, name);
  expect(found).toHaveLength(1);
  return found[0]!;
};

const texts = ['one', 'two', 'three'];

test('kafkajs: sends are children of who sends, records link to them, handlers continue the trace, messages verify', async () => {
  const stage = await kafkaStage();
  try {
    const { topic, policy } = stage;
    const kafka = { brokers: fixture().kafka, topic };
    const { messages, spans } = await traced({ policy, kafka, rabbitmq: null });

    expect(messages.map(({ text, sender }) => [text, sender])).toEqual(
      texts.map((text) => [text, 'orchestrator']),
    );
    const sends = named(spans, `send ${topic}`);
    for (const [i, text] of texts.entries()) {
      const ask = one(spans, `ask ${text}`);
      const send = sends.find(({ parent }) => parent === ask.id)!;
      expect(send.trace).toBe(ask.trace);
      expect(one(spans, `handle ${text}`)).toMatchObject({ trace: ask.trace, parent: send.id });
      expect(named(spans, `process ${topic}`).filter(({ links }) => links.includes(send.id))).toHaveLength(1);
      expect(messages[i]!.headers).toEqual({
        baggage: `user=${text}`,
        traceparent: `00-${send.trace}-${send.id}-01`,
      });
    }
    expect(spans.filter(({ failed }) => failed)).toEqual([]);
    const wire = await stage.raw(topic, texts.length);
    for (const { headers } of wire) expect(Object.keys(headers ?? {})).toEqual(['traceparent']);
  } finally {
    await stage.close();
  }
});

test('amqplib: publishes are children of who publishes, deliveries of publishes, handlers of deliveries, messages verify', async () => {
  const stage = await rabbitmqStage();
  try {
    const { queue, policy } = stage;
    const rabbitmq = { url: fixture().rabbitmqUrl, queue };
    const { messages, spans } = await traced({ policy, kafka: null, rabbitmq });

    expect(messages.map(({ text, sender }) => [text, sender])).toEqual(
      texts.map((text) => [text, 'orchestrator']),
    );
    for (const [i, text] of texts.entries()) {
      const ask = one(spans, `ask ${text}`);
      const publish = spans.find(({ parent }) => parent === ask.id)!;
      // The audit trail’s own publishes are children of what they tell of.
      const delivery = named(spans, `${queue} process`).find(({ parent }) => parent === publish.id)!;
      expect([publish.trace, delivery.trace]).toEqual([ask.trace, ask.trace]);
      expect(one(spans, `handle ${text}`)).toMatchObject({ trace: ask.trace, parent: delivery.id });
      expect(messages[i]!.headers).toEqual({
        baggage: `user=${text}`,
        traceparent: `00-${publish.trace}-${publish.id}-01`,
      });
    }
    expect(spans.filter(({ failed }) => failed)).toEqual([]);
  } finally {
    await stage.close();
  }
});

test('kafkajs: a refusal is told, with its reason, on the span of the fetch that it was in', async () => {
  const stage = await kafkaStage();
  try {
    const { topic, policy } = stage;
    const bare = stage.closes(bareKafka().producer());
    await bare.connect();
    await bare.send({ topic, messages: [{ value: 'of nobody' }] });
    const kafka = { brokers: fixture().kafka, topic };
    const { spans } = await traced({ policy, kafka, rabbitmq: null });
    expect(spans.flatMap(({ name, events }) => events.map((event) => `${name}: ${event}`))).toEqual([
      `poll ${topic}: sealwire.message.rejected ERR_FORMAT_NOT_SEALED`,
    ]);
  } finally {
    await stage.close();
  }
});

test('amqplib: each refusal is told, with its reason, on the span of its own delivery', async () => {
  const stage = await rabbitmqStage();
  try {
    const { queue, policy } = stage;
    // In one turn: they are opened, refused and acknowledged together.
    for (const text of ['of nobody', 'of nobody else']) stage.bare.sendToQueue(queue, Buffer.from(text));
    const rabbitmq = { url: fixture().rabbitmqUrl, queue };
    const { messages, spans } = await traced({ policy, kafka: null, rabbitmq });
    expect(messages.map(({ text }) => text)).toEqual(texts);
    expect(named(spans, `${queue} process`)).toHaveLength(texts.length + 2);
    const told = spans.filter(({ events }) => events.length > 0);
    expect(told.map(({ name, events }) => [name, events])).toEqual([
      [`${queue} process`, ['sealwire.message.rejected ERR_FORMAT_NOT_SEALED']],
      [`${queue} process`, ['sealwire.message.rejected ERR_FORMAT_NOT_SEALED']],
    ]);
  } finally {
    await stage.close();
  }
});
