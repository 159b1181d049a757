// An audit topic that is away for an hour while 1,000 events come in each second, by a clock that is sped up.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuditTrail } from '@sealwire/audit';
import type { AuditBatch, AuditEvent, AuditSink } from '@sealwire/core';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';

const perSecond = 1_000;
const mib = 1024 * 1024;

export async function measureAway(figures: Figures, { quick }: Options): Promise<void> {
  const seconds = quick ? 600 : 3_600;
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-away-'));
  const sink = new AwaySink();
  let nowMs = Date.UTC(2026, 0, 1);
  const clock = { nowMs: () => nowMs };
  const trail = openAuditTrail({
    name: 'kafka',
    folder,
    writer: { agent: 'orchestrator', pid: process.pid, host: 'agents-1', version: '0.1.0' },
    sinks: ['kafka'],
    maxBytes: 1024 * mib,
    failurePolicy: 'spool',
    dropUntilMs: null,
    checkpoints: { everyMs: 60_000, events: 10_000, signer: null, clock, seen: () => [] },
    disguise: (event) => event,
    observers: [],
    clock,
  });
  try {
    trail.add('kafka', sink);
    const progress = saying(`audit topic away, ${seconds / 60} minutes`);
    let [atQuarter, spoolBytes] = [0, 0];
    for (let second = 0; second < seconds; second++) {
      nowMs += 1_000;
      await trail.record(Array.from({ length: perSecond }, (_, i) => eventOf(nowMs, second * perSecond + i)));
      if (second === seconds / 4) atQuarter = held();
      if (second % 600 === 599) progress((second + 1) / 600, seconds / 600);
    }
    const atEnd = held();
    spoolBytes = trail.state.spoolBytes;
    const events = seconds * perSecond;
    const { spooledEvents } = trail.state;
    if (spooledEvents < events) throw new Error('audit topic away: not every event waits');
    sink.isAway = false;
    const start = performance.now();
    while (trail.state.spooledEvents > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const drainMs = performance.now() - start;
    if (sink.events < events) throw new Error('audit topic away: events were lost');
    figures.section('An audit topic that is away', [
      `${seconds / 60} minutes at ${perSecond} events a second, by a clock that is sped up; then it takes them again.`,
    ]);
    figures.add(
      'audit.away.memory.grown.mib',
      Math.max(0, atEnd - atQuarter) / mib,
      'more at the end than after a quarter',
    );
    figures.add('audit.away.spool.bytesPerEvent', spoolBytes / events, 'on the disk');
    figures.add(
      'audit.away.drain.eventsPerSecond',
      (events * 1000) / drainMs,
      'afterwards, to a sink that takes them at once',
    );
  } finally {
    await trail.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Counts what it takes. */
class AwaySink implements AuditSink {
  isAway = true;
  events = 0;

  write({ lines }: AuditBatch): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('away'));
    this.events += lines.length;
    return Promise.resolve();
  }
}

function held(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const eventOf = (timestampMs: number, number: number): AuditEvent => ({
  kind: 'message.received',
  timestampMs,
  senderId: 'orchestrator',
  recipientId: 'researcher',
  messageType: 'agent.message',
  messageHash: number.toString(16).padStart(64, '0'),
  recordHash: null,
  channel: 'agent-messages',
  encryptionStatus: 'sealed',
  outcome: 'delivered',
  code: null,
  unverified: false,
  facts: { topic: 'agent-messages', partition: 0, offset: `${number}`, bytes: 1_400 },
});
