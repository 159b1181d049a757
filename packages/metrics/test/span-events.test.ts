// Refusals on the active span, and nothing where there is none.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { openTelemetrySpanEvents } from '../src/span-events.js';
import { event, rejected } from './events.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
beforeAll(() => provider.register());
afterAll(() => provider.shutdown());

it('tells refusals and uncertain sends on the active span, and no sender’s name', () => {
  const observer = openTelemetrySpanEvents();
  trace.getTracer('test').startActiveSpan('receive', (span) => {
    observer.observe(
      [
        event('message.received', { outcome: 'delivered' }),
        rejected('ERR_POLICY_SENDER', { recordHash: 'ab'.repeat(32) }),
        event('message.sent'),
        event('message.sent', { outcome: 'unknown' }),
      ],
      'kafka',
    );
    span.end();
  });
  const [span] = exporter.getFinishedSpans();
  expect(span?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
    [
      'sealwire.message.rejected',
      {
        'messaging.system': 'kafka',
        'sealwire.result': 'quarantined',
        'sealwire.reason': 'ERR_POLICY_SENDER',
        'sealwire.channel': 'orders',
        'sealwire.record_hash': 'ab'.repeat(32),
      },
    ],
    [
      'sealwire.message.sent',
      { 'messaging.system': 'kafka', 'sealwire.result': 'unknown', 'sealwire.channel': 'orders' },
    ],
  ]);
});

it('makes no span where none is active', () => {
  exporter.reset();
  openTelemetrySpanEvents().observe([rejected('ERR_POLICY_SENDER')], 'kafka');
  expect(exporter.getFinishedSpans()).toEqual([]);
});
