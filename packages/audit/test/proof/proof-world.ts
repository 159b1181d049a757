// Alice sends to Bob; Mallory may write to the audit topic too. What a proof is made of and judged by.
import { generateKeyPairSync } from 'node:crypto';
import type { PublicKey } from '@sealwire/core';
import { keyId } from '@sealwire/crypto';
import {
  checkpointKey,
  ProofSearch,
  type AuditProof,
  type FoundEvent,
  type TrailTerms,
} from '../../src/index.js';
import { TestChain, type ChainWriter } from './test-chain.js';

export const startMs = Date.UTC(2026, 0, 15, 12);
export const dayMs = 86_400_000;
export const messageHash = 'ab'.repeat(32);

const suite = 1;

export interface Agent {
  readonly writer: ChainWriter;
  readonly key: PublicKey;
}

export function agent(name: string, times: Partial<PublicKey> = {}): Agent {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  const id = keyId('message-signing', suite, point);
  return {
    writer: { name, privateKey, publicKey: point, keyId: id.toString('hex') },
    key: {
      keyId: id,
      publicKey: point,
      owner: name,
      notBeforeMs: startMs - dayMs,
      notAfterMs: startMs + dayMs,
      distrustFromMs: null,
      ...times,
    },
  };
}

export const termsOf = (...agents: readonly Agent[]): TrailTerms => ({
  directory: {
    signingKey: (id) => agents.find(({ key }) => key.keyId.toString('latin1') === id)?.key ?? null,
  },
  skewMs: 30_000,
});

/** What every event about the message says. */
export const said = {
  sender_id: 'alice',
  recipient_id: 'bob',
  message_type: 'task',
  message_hash: messageHash,
  channel: 'tasks',
  encryption_status: 'sealed',
};
export const place = { topic: 'orders', partition: 3, offset: '17' };

/** Alice’s chain: some events, the message’s, some more, and a checkpoint. */
export function sentChain({ writer }: Agent, before = 3, after = 2, fields: object = {}): TestChain {
  const chain = new TestChain(writer, 'a1'.repeat(16), startMs);
  chain.add('audit.started');
  for (let i = 1; i < before; i++) chain.add('connection.opened');
  chain.add('message.sent', { ...said, ...place, outcome: 'acknowledged', ...fields });
  for (let i = 0; i < after; i++) chain.add('connection.closed');
  chain.checkpoint();
  return chain;
}

export function receivedChain({ writer }: Agent, fields: object = {}): TestChain {
  const chain = new TestChain(writer, 'b0'.repeat(16), startMs + 1_000);
  chain.add('audit.started');
  chain.checkpoint();
  chain.add('message.received', { ...said, ...place, outcome: 'delivered', ...fields });
  chain.checkpoint();
  return chain;
}

export function searchIn(lines: readonly Buffer[], terms: TrailTerms, hash = messageHash): ProofSearch {
  const search = new ProofSearch({
    messageHash: hash,
    trusts(note, writer, atMs) {
      try {
        checkpointKey(note, writer, atMs, terms);
        return true;
      } catch {
        return false;
      }
    },
  });
  for (const line of lines) search.take(line);
  return search;
}

export function proofOf(found: readonly FoundEvent[]): AuditProof {
  const notes = [...new Set(found.map(({ checkpoint }) => checkpoint.note))];
  return {
    realm: Buffer.alloc(16, 7),
    rootSerial: 1,
    issuerSerials: new Map([['0f'.repeat(16), 2]]),
    messageHash: Buffer.from(messageHash, 'hex'),
    message: null,
    events: found.map(({ text, path, checkpoint }) => ({
      event: text,
      checkpoint: notes.indexOf(checkpoint.note),
      path,
    })),
    checkpoints: notes.map((note) => found.find(({ checkpoint }) => checkpoint.note === note)!.checkpoint),
  };
}
