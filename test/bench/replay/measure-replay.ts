// What the memory of replays costs a message, a commit, and a partition.
import type { NoncedMessage, Received, Session } from '@sealwire/core';
import { PartitionLedger } from '@sealwire/replay';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { measure } from '../rounds.ts';

const perBatch = 500;
const batches = 20;
const producers = 100;
const startMs = 1_780_000_000_000;

const newLedger = (): PartitionLedger =>
  new PartitionLedger({
    place: { cluster: 'bench', group: 'bench', topic: 'bench', partition: 0 },
    key: Buffer.alloc(32, 1),
    maxAgeMs: 86_400_000,
    skewMs: 30_000,
    retryWindowMs: 300_000,
  });

/** As many messages as there are producers follow one another, each of another. */
function messagesOf(count: number, from: number): NoncedMessage[] {
  const sessions = Array.from({ length: count }, (_, i): Session => {
    const instance = Buffer.alloc(16);
    instance.writeUInt32BE(i);
    return { sender: `agent-${i}`, instance } as Session;
  });
  return Array.from({ length: perBatch * batches }, (_, i) => {
    const offset = from + i;
    const received = {
      source: { transport: 'kafka', topic: 'bench', partition: 0, offset: `${offset}` },
      appendedAtMs: startMs + offset,
      receivedAtMs: startMs + offset,
    } as Received;
    const header = { stream: 0, sequence: Math.floor(offset / count), issuedAtMs: startMs + offset };
    return { received, session: sessions[i % count]!, header } as unknown as NoncedMessage;
  });
}

/** As the journey and the consumer do it: judged, nothing rejected, committed batch by batch. */
function judgeAll(ledger: PartitionLedger, messages: readonly NoncedMessage[], commits: boolean): number {
  for (let start = 0; start < messages.length; start += perBatch) {
    const end = start + perBatch;
    ledger.begin(messages[start]!.received);
    for (let i = start; i < end; i++) ledger.admit(messages[i]!);
    const next = Number((messages[end - 1]!.received.source as { offset: string }).offset) + 1;
    ledger.passed(next);
    if (!commits) continue;
    ledger.metadataAt(next);
    ledger.committed(next);
  }
  return messages.length;
}

export async function measureReplay(figures: Figures, { quick }: Options): Promise<void> {
  const rounds = quick ? 5 : 31;
  const often = (name: string, count: number, commits: boolean) => {
    const ledger = newLedger();
    let from = 0;
    return {
      name,
      run() {
        const messages = messagesOf(count, from);
        from += messages.length;
        const started = performance.now();
        judgeAll(ledger, messages, commits);
        const wallMs = performance.now() - started;
        if (!commits) ledger.committed(from);
        return { messages: messages.length, wallMs, mainThreadMs: wallMs };
      },
    };
  };
  const measured = await measure(
    [often('check', 1, false), often('check.100', producers, false), often('committed', producers, true)],
    { rounds, warmUps: quick ? 2 : 5, progress: saying('replay') },
  );
  figures.section('Replay memory (Kafka)', [
    `Batches of ${perBatch} messages in memory, after their signature; ${rounds} rounds, median and quartiles.`,
  ]);
  figures.add('replay.check.us', measured.us('check'), 'one producer');
  figures.add('replay.check.100producers.us', measured.us('check.100'), 'in turn');
  figures.add('replay.checkAndCommit.100producers.us', measured.us('committed'), 'one commit a batch');
  const { bytes, metadata } = memoryOf(quick ? 50 : 500);
  figures.add('replay.memory.100producers.bytes', bytes, 'of one partition');
  figures.add('replay.metadata.100producers.chars', metadata, 'of 4,096');
}

/** Heap of many partitions, each with everything of its own, by one partition. */
function memoryOf(partitions: number): { readonly bytes: number; readonly metadata: number } {
  // What is read is not what is kept.
  const messages = messagesOf(producers, 0).slice(0, perBatch);
  const collect = globalThis.gc ?? (() => undefined);
  judgeAll(newLedger(), messages, true);
  collect();
  const before = used();
  const ledgers = Array.from({ length: partitions }, () => {
    const ledger = newLedger();
    judgeAll(ledger, messages, true);
    return ledger;
  });
  collect();
  const bytes = (used() - before) / partitions;
  return { bytes, metadata: ledgers[0]!.metadataAt(perBatch).length };
}

function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
