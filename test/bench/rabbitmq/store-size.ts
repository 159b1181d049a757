// How large the embedded claim store grows, and that it stays so: windows of messages on a sped-up clock, one after the other.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '@sealwire/replay';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { say } from '../progress.ts';
import { claimOf } from './claims.ts';

const hourMs = 3_600_000;
const daySeconds = 86_400;
const senders = 10;
export const perSecond = 1_000;
/** One call: twenty seconds of messages. */
const stride = 20_000;
export const mebibyte = 2 ** 20;
/** Computed: 128 bytes of bits and 72 of key, time, and room that pages of a tree leave. */
const rowBytes = 200;

export async function measureStoreSize(figures: Figures, { quick, day }: Options): Promise<void> {
  const [windowHours, windows] = day ? [24, 2] : quick ? [0.25, 3] : [1, 4];
  const windowMs = windowHours * hourMs;
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-size-'));
  const file = join(folder, 'size.sqlite');
  const sizes: number[] = [];
  let log = 0;
  try {
    const startMs = Date.now();
    const strideMs = (stride / perSecond) * 1000;
    let sequence = 0;
    for (let atMs = 0; sizes.length < windows;) {
      const store = await openSqliteStore({ file, maxBytes: 2 ** 40 });
      for (const untilMs = atMs + windowMs; atMs < untilMs; atMs += strideMs) {
        const nowMs = startMs + atMs;
        const claims = Array.from({ length: stride }, (_, i) =>
          claimOf(i % senders, sequence + Math.floor(i / senders), nowMs, windowMs),
        );
        sequence += stride / senders;
        await store.done(claims, nowMs);
      }
      log = Math.max(log, statSync(`${file}-wal`).size);
      // Takes what is in the log into the file.
      await store.close();
      sizes.push(statSync(file).size);
      say(`store size: ${sizes.length} of ${windows} windows of ${windowHours} h`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const inWindow = (windowMs / 1000) * perSecond;
  const largest = Math.max(...sizes);
  const dayOf = (bytesPerMessage: number): number => (daySeconds * perSecond * bytesPerMessage) / mebibyte;
  figures.section('RabbitMQ replay guard, size of the embedded store', [
    `${perSecond} messages a second of ${senders} senders, max_age and skew together ${windowHours} h, ${windows} such windows on a sped-up clock; its file at the end of each.`,
    `Computed: a row of about ${rowBytes} bytes for 1024 messages of one stream.`,
  ]);
  figures.add('replay.store.windowHours', windowHours);
  figures.add('replay.store.windows', windows);
  figures.add('replay.store.MiB', sizes[0]! / mebibyte, 'after one window');
  figures.add('replay.store.largest.MiB', largest / mebibyte, 'after any: it stays bounded');
  figures.add('replay.store.log.MiB', log / mebibyte, 'besides, however long the window');
  figures.add('replay.store.bytesPerMessage', largest / inWindow, 'of one window');
  figures.add(
    'replay.store.day.MiB',
    dayOf(largest / inWindow),
    day ? 'a window of a day, measured' : 'a window of a day, from that',
  );
  figures.add('replay.store.day.computed.MiB', dayOf(rowBytes / 1024), 'computed');
}
