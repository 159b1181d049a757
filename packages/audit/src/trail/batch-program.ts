// Program of the thread that makes batches: reads the spool, renders, hashes and packs, beside the application.
import { parentPort } from 'node:worker_threads';
import type { PackEvents } from '@sealwire/core';
import { BatchReader } from './batch-reader.js';
import type { ThreadAnswer, ThreadAsk } from './batch-thread.js';
import { lowerPriority } from './lower-priority.js';

lowerPriority();
const port = parentPort!;
const reader = new BatchReader();
/** `null`: it cannot be loaded or failed once, and its sink does without: events must not wait for it. */
const packs = new Map<string, PackEvents | null>();
/** Two, in turn: while one is published the next is made. */
const memories = [new SharedArrayBuffer(1024 * 1024), new SharedArrayBuffer(1024 * 1024)];
let turn = 0;
/** What was asked last is answered last. */
let last = Promise.resolve();

async function answerTo({ packers, ...ask }: ThreadAsk): Promise<ThreadAnswer> {
  const { lines, state, needed, gaps } = reader.next(ask);
  const packed = new Map<string, Uint8Array>();
  for (const packer of lines.length === 0 ? [] : packers) {
    const pack = await packOf(packer);
    try {
      if (pack !== null) packed.set(packer, pack(state.chain, lines));
    } catch {
      packs.set(packer, null);
    }
  }
  const { bytes, ends } = shared(lines);
  return { kind: 'batch', state, needed, gaps, bytes, ends, packed };
}

async function packOf(packer: string): Promise<PackEvents | null> {
  const known = packs.get(packer);
  if (known !== undefined) return known;
  const loaded = await import(packer).then(
    ({ pack }: { pack: PackEvents }) => pack,
    () => null,
  );
  packs.set(packer, loaded);
  return loaded;
}

function shared(lines: readonly Buffer[]): { bytes: SharedArrayBuffer; ends: Uint32Array } {
  const ends = new Uint32Array(lines.length);
  let end = 0;
  lines.forEach((line, i) => (ends[i] = end += line.length));
  turn = 1 - turn;
  if (memories[turn]!.byteLength < end) memories[turn] = new SharedArrayBuffer(Math.ceil(end * 1.25));
  const bytes = memories[turn]!;
  const view = new Uint8Array(bytes);
  lines.forEach((line, i) => view.set(line, ends[i]! - line.length));
  return { bytes, ends };
}

port.on('message', (ask: ThreadAsk) => {
  last = last.then(async () => {
    const answer = await answerTo(ask).catch((error: unknown): ThreadAnswer => ({
      kind: 'failed',
      error: error instanceof Error ? error : new Error(String(error)),
    }));
    port.postMessage(answer);
  });
});
