// What RabbitMQ's replay guard costs with the embedded store.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Claim } from '@sealwire/core';
import { openSqliteStore } from '@sealwire/replay';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { measure } from '../rounds.ts';

export const batchSize = 64;
const dayMs = 86_400_000;

export async function measureClaims(figures: Figures, { quick }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-claims-'));
  try {
    await measureCalls(figures, folder, quick);
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

/** Of message number `sequence` of one of some senders. */
export function claimOf(sender: number, sequence: number, issuedAtMs: number, windowMs = dayMs): Claim {
  const nonce = Buffer.alloc(28, sender + 1);
  nonce.writeUInt32BE(0, 16);
  nonce.writeBigUInt64BE(BigInt(sequence), 20);
  return { scope: 'bench', nonce, issuedAtMs, windowMs, owner: `${sender}.${sequence}` };
}
