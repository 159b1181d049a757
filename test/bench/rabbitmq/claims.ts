// What RabbitMQ's replay guard costs with the embedded store, and how large its file is after a day.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Claim } from '@sealwire/core';
import { openSqliteStore } from '@sealwire/replay';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { measure } from '../rounds.ts';

const batchSize = 64;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const senders = 10;
const perSecond = 1_000;
/** One call of the sped-up clock: forty seconds of messages. */
const stride = 40_000;
const mebibyte = 2 ** 20;
/** Bits, key, time, and its place in the index. */
const rowBytes = 200;

export async function measureClaims(figures: Figures, { quick }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-claims-'));
  try {
    await measureCalls(figures, folder, quick);
    await measureSize(figures, folder, quick ? 1 : 4);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureCalls(figures: Figures, folder: string, quick: boolean): Promise<void> {
  const store = await openSqliteStore({ file: join(folder, 'calls.sqlite'), maxBytes: 2 ** 30 });
  let sequence = 0;
  const calls = quick ? 20 : 200;
  const often = (name: string, call: (claims: readonly Claim[]) => Promise<unknown>) => ({
    name,
    run: async () => {
      for (let i = 0; i < calls; i++)
        await call(Array.from({ length: batchSize }, () => claimOf(0, sequence++, Date.now())));
      return calls * batchSize;
    },
  });
  const measured = await measure(
    [
      often('claim', (claims) => store.claim(claims, 30_000, Date.now())),
      often('both', async (claims) => {
        await store.claim(claims, 30_000, Date.now());
        await store.done(claims, Date.now());
      }),
    ],
    { rounds: quick ? 3 : 10, warmUps: 1, progress: saying('claims') },
  );
  await store.close();
  figures.section('RabbitMQ replay guard, embedded store', [
    `Batches of ${batchSize}, in a thread of its own; every done is synced to disk before it counts.`,
  ]);
  figures.add('replay.claim.64.us', measured.us('claim'), 'a message');
  figures.add('replay.claimAndDone.64.us', measured.us('both'), 'a message');
}

async function measureSize(figures: Figures, folder: string, hours: number): Promise<void> {
  const file = join(folder, 'size.sqlite');
  const store = await openSqliteStore({ file, maxBytes: 2 ** 40 });
  const startMs = Date.now();
  const counts = Array.from({ length: senders }, () => 0);
  for (let atMs = 0; atMs < hours * hourMs; atMs += (stride / perSecond) * 1000) {
    const claims = Array.from({ length: stride }, (_, i) => {
      const sender = i % senders;
      return claimOf(sender, counts[sender]!++, startMs + atMs);
    });
    await store.done(claims, startMs + atMs);
  }
  await store.close();
  figures.section('RabbitMQ replay guard, a day in the embedded store', [
    `${perSecond} messages a second of ${senders} senders, ${hours} hours on a sped-up clock, max_age a day. Computed: a row of about 200 bytes for 1024 messages.`,
  ]);
  figures.add('replay.store.hours', hours);
  figures.add('replay.store.MiB', statSync(file).size / mebibyte, 'measured');
  figures.add(
    'replay.store.computed.MiB',
    (((hours * hourMs) / 1000) * perSecond * (rowBytes / 1024)) / mebibyte,
    'computed',
  );
}

function claimOf(sender: number, sequence: number, issuedAtMs: number): Claim {
  const nonce = Buffer.alloc(28, sender + 1);
  nonce.writeUInt32BE(0, 16);
  nonce.writeBigUInt64BE(BigInt(sequence), 20);
  return { scope: 'bench', nonce, issuedAtMs, windowMs: dayMs, owner: `${sender}.${sequence}` };
}
