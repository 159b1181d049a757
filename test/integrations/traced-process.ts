// Program: a producer and a consumer in one traced process. Tells its parent what was received, and the spans.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { context, propagation, SpanStatusCode, trace, type TextMapGetter } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { AmqplibInstrumentation } from '@opentelemetry/instrumentation-amqplib';
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

export interface TracedStart {
  readonly policy: string;
  readonly kafka: { readonly brokers: string[]; readonly topic: string } | null;
  readonly rabbitmq: { readonly url: string; readonly queue: string } | null;
}

export interface TracedMessage {
  readonly text: string;
  readonly sender: string | null | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TracedSpan {
  readonly name: string;
  readonly id: string;
  readonly trace: string;
  readonly parent: string | null;
  readonly links: readonly string[];
  readonly failed: boolean;
  /** Each with the reason that it gives. */
  readonly events: readonly string[];
}

export interface TracedReport {
  readonly messages: readonly TracedMessage[];
  readonly spans: readonly TracedSpan[];
}

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
registerInstrumentations({ instrumentations: [new KafkaJsInstrumentation(), new AmqplibInstrumentation()] });
// As OpenTelemetry’s loader hook would for modules that are imported.
const load = createRequire(import.meta.url);
load('kafkajs');
load('amqplib');
const { origin, secureKafka } = await import('@sealwire/kafka');
const { secureConnect } = await import('@sealwire/amqp');
const { openTelemetrySpanEvents } = await import('@sealwire/metrics');
const { openSealwire } = await import('sealwire');

const start = JSON.parse(readFileSync(0, 'utf8')) as TracedStart;
const tracer = trace.getTracer('test');
const observers = [openTelemetrySpanEvents()];
const messages: TracedMessage[] = [];
const texts = ['one', 'two', 'three'];
const json = (text: string): Buffer => Buffer.from(JSON.stringify(text));

/** What an application does with a message, in a span of its own. */
function handle(message: object, payload: Buffer | null, headers: object): void {
  const text = JSON.parse(payload!.toString()) as string;
  tracer.startActiveSpan(`handle ${text}`, (span) => {
    const entries = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    const named = Object.fromEntries(entries) as Record<string, string>;
    messages.push({ text, sender: origin(message)?.sender, headers: named });
    span.end();
  });
}

/** A span around the publishing of each text, as an HTTP request's would be. */
async function publishEach(publish: (text: string) => Promise<unknown>): Promise<void> {
  for (const text of texts)
    await tracer.startActiveSpan(`ask ${text}`, async (span) => {
      await publish(text);
      span.end();
    });
}

async function overKafka({ brokers, topic }: NonNullable<TracedStart['kafka']>): Promise<void> {
  const sending = await openSealwire(start.policy, { agent: 'orchestrator', observers });
  const receiving = await openSealwire(start.policy, { agent: 'researcher', observers });
  const producer = secureKafka(sending, { brokers }).producer();
  await producer.connect();
  await publishEach((text) =>
    producer.send({ topic, messages: [{ value: json(text), headers: { baggage: `user=${text}` } }] }),
  );
  const consumer = secureKafka(receiving, { brokers }).consumer({ groupId: topic });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    const getter: TextMapGetter<object> = {
      keys: (headers) => Object.keys(headers),
      get: (headers, name) => (headers as Record<string, Buffer | undefined>)[name]?.toString(),
    };
    void consumer.run({
      eachMessage: async ({ message }) => {
        const parent = propagation.extract(context.active(), message.headers ?? {}, getter);
        context.with(parent, () => handle(message, message.value, message.headers ?? {}));
        if (messages.length === texts.length) resolve();
      },
    });
  });
  await consumer.disconnect();
  await producer.disconnect();
  await Promise.all([sending.close(), receiving.close()]);
}

async function overRabbitmq({ url, queue }: NonNullable<TracedStart['rabbitmq']>): Promise<void> {
  const sending = await openSealwire(start.policy, { agent: 'orchestrator', observers });
  const receiving = await openSealwire(start.policy, { agent: 'researcher', observers });
  const outgoing = await secureConnect(sending, url);
  const incoming = await secureConnect(receiving, url);
  const publishing = await outgoing.createConfirmChannel();
  await publishEach((text) => {
    publishing.sendToQueue(queue, json(text), { headers: { baggage: `user=${text}` } });
    return publishing.waitForConfirms();
  });
  const consuming = await incoming.createChannel();
  await new Promise<void>((resolve) => {
    void consuming.consume(queue, (message) => {
      if (message === null) return;
      handle(message, message.content, message.properties.headers ?? {});
      consuming.ack(message);
      if (messages.length === texts.length) resolve();
    });
  });
  await incoming.close();
  await outgoing.close();
  await Promise.all([sending.close(), receiving.close()]);
}

if (start.kafka !== null) await overKafka(start.kafka);
if (start.rabbitmq !== null) await overRabbitmq(start.rabbitmq);
const spans = exporter.getFinishedSpans().map((span): TracedSpan => {
  const { spanId, traceId } = span.spanContext();
  return {
    name: span.name,
    id: spanId,
    trace: traceId,
    parent: span.parentSpanContext?.spanId ?? null,
    links: span.links.map((link) => link.context.spanId),
    failed: span.status.code === SpanStatusCode.ERROR,
    events: span.events.map(
      ({ name, attributes }) => `${name} ${String(attributes?.['sealwire.reason'] ?? '')}`,
    ),
  };
});
process.stdout.write(`\n${JSON.stringify({ messages, spans } satisfies TracedReport)}\n`);
process.exit(0);
