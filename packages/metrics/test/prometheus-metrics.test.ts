// What a scrape shows, with both libraries' registries, and what promtool says of it.
import { describe, expect, it } from '@jest/globals';
import { Registry } from '@prometheus-io/client';
import { promtool } from '@sealwire/testing';
import { Registry as FormerRegistry } from 'prom-client';
import { counterTable } from '../src/counter-table.js';
import { prometheusMetrics } from '../src/prometheus-metrics.js';
import { stateTable } from '../src/state-table.js';
import { event, rejected } from './events.js';

const checker = await promtool((line) => void process.stderr.write(`${line}\n`));

const sealwire = (published: number) => ({
  auditStates: () => [
    {
      trail: 'kafka' as const,
      spooledEvents: 3,
      spoolBytes: 500,
      spoolMaxBytes: 1_000,
      publishedEvents: published,
      droppedEvents: 0,
      oldestSpooledAtMs: null,
      lastCheckpointAtMs: Date.now(),
    },
  ],
});

/** One event of every kind, and one refusal for each kind of alert. */
const everything = [...new Set(counterTable.flatMap(({ kinds }) => kinds))].map((kind) =>
  event(kind, { code: kind === 'connection.refused' ? 'ERR_USAGE_TLS_EXPIRED' : null }),
);
const refusals = (
  ['ERR_POLICY_SENDER', 'ERR_VALIDATION_PAYLOAD', 'ERR_INTEGRITY_MAC', 'ERR_POLICY_REPLAY'] as const
).map((code) => rejected(code));

describe.each([
  ['@prometheus-io/client', () => new Registry()],
  ['prom-client', () => new FormerRegistry()],
])('with a registry of %s', (_name, newRegistry) => {
  it('a scrape shows messages, refusals and trails', async () => {
    const register = newRegistry();
    const metrics = prometheusMetrics({ register });
    metrics.watch(sealwire(7));
    metrics.observe([event('message.sent'), event('message.sent'), rejected('ERR_POLICY_REPLAY')], 'kafka');
    for (const text of [await register.metrics(), await register.metrics()]) {
      expect(text).toContain(
        'sealwire_messages_total{system="kafka",channel="orders",direction="sent",result="acknowledged",encryption="sealed"} 2\n',
      );
      expect(text).toContain(
        'sealwire_replay_rejected_total{system="kafka",channel="orders",reason="ERR_POLICY_REPLAY"} 1\n',
      );
      expect(text).toContain(
        'sealwire_alerts_total{system="kafka",type="unusual_pattern",severity="high"} 1\n',
      );
      expect(text).toContain('sealwire_audit_events_total{system="kafka",outcome="published"} 7\n');
      expect(text).toContain('sealwire_audit_events_total{system="kafka",outcome="dropped"} 0\n');
      expect(text).toContain('sealwire_audit_spool_depth{system="kafka"} 3\n');
      expect(text).toMatch(/^sealwire_audit_checkpoint_age_seconds\{system="kafka"\} \d/m);
    }
  });

  it('every metric of the tables is there, none with a name of an agent', async () => {
    const register = newRegistry();
    const metrics = prometheusMetrics({ register });
    metrics.watch(sealwire(7));
    metrics.observe([...everything, ...refusals], 'kafka');
    const text = await register.metrics();
    for (const { name } of [...counterTable, ...stateTable])
      expect(text).toMatch(new RegExp(`^${name}\\{`, 'm'));
    expect(text).not.toMatch(/orchestrator|researcher/);
  });

  (checker === null ? it.skip : it)('promtool finds nothing to say about the scrape', async () => {
    const register = newRegistry();
    const metrics = prometheusMetrics({ register });
    metrics.watch(sealwire(7));
    const hostile = event('message.sent', { channel: 'a"b\\c\nd' });
    metrics.observe([...everything, ...refusals, hostile], 'rabbitmq');
    const checked = await checker!(['check', 'metrics'], { input: await register.metrics() });
    expect(checked).toEqual({ code: 0, output: '' });
  });
});

it('uses the global registry where none is given, once', async () => {
  const { register } = await import('@prometheus-io/client');
  prometheusMetrics();
  expect(register.getSingleMetric('sealwire_messages_total')).toBeDefined();
  expect(() => prometheusMetrics()).toThrow(/already been registered/);
  register.clear();
});
