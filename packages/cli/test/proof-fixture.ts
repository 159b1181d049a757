// A realm that `init` made, messages that its agents sealed, and the trail of events that they would have written.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readPrivateKeyFile } from '@sealwire/identity';
import { keyId } from '@sealwire/crypto';
import type { Outgoing, Sealed } from '@sealwire/core';
import { openSealwire } from 'sealwire';
import { privateKeyOf, TestChain, type ChainWriter } from '../../audit/test/proof/test-chain.js';
import { initFolder, type InitReport } from '../src/index.js';
import { newFolder } from './made.js';

export interface ProofRealm {
  readonly made: InitReport;
  readonly folder: string;
  /** Sealed by Alice, for the team: two messages and a tombstone. */
  readonly sealed: readonly Sealed[];
  readonly alice: ChainWriter;
  readonly bob: ChainWriter;
  /** Writes a file. @returns its path */
  file(name: string, data: string | Buffer): string;
}

export async function proofRealm(): Promise<ProofRealm> {
  const folder = newFolder();
  const made = await initFolder({ folder: join(folder, 'made'), agents: ['alice', 'bob'] });
  const sealwire = await openSealwire(made.policyFile, { agent: 'alice' });
  const policy = readFileSync(made.policyFile, 'utf8');
  const topic = /topics: \[['"]?([^'"\],]+)/.exec(policy)![1]!;
  const outgoing = (payload: Buffer | null): Outgoing => ({
    destination: { transport: 'kafka', topic },
    payload,
    key: Buffer.from('k'),
    headers: [],
    partition: 3,
    description: {},
  });
  const payloads = [Buffer.from('{"a":1}'), Buffer.from('{"a":2}'), null];
  const outlet = sealwire.outlet('kafka', { write: () => Promise.resolve() });
  const sealed = await Promise.resolve(outlet.seal(payloads.map(outgoing)));
  await sealwire.close();
  const base = dirname(made.policyFile);
  return {
    made,
    folder,
    sealed,
    alice: writerOf(base, 'alice'),
    bob: writerOf(base, 'bob'),
    file(name, data) {
      const path = join(folder, name);
      writeFileSync(path, data);
      return path;
    },
  };
}

/** The keys of an agent that `init` made. */
export function writerOf(base: string, name: string): ChainWriter {
  const file = readdirSync(join(base, 'keys', name)).find((one) => one.includes('sign'))!;
  const passphrase = readFileSync(join(base, 'secrets', `${name}.passphrase`), 'utf8').trim();
  const { scalar, publicKey } = readPrivateKeyFile(join(base, 'keys', name, file), passphrase);
  const privateKey = privateKeyOf(scalar, publicKey);
  return { name, privateKey, publicKey, keyId: keyId('message-signing', 1, publicKey).toString('hex') };
}

/** What events of both ends say of a message. */
export function saidOf({ facts }: Sealed): Record<string, unknown> {
  return {
    sender_id: facts.sender,
    recipient_id: facts.recipients.join(','),
    message_type: facts.type,
    message_hash: facts.messageHash.toString('hex'),
    channel: facts.channel,
    encryption_status: 'sealed',
  };
}

export const place = { topic: 'agent-messages', partition: 3, offset: '17' };

/** Both ends of all messages, each end with its checkpoint. */
export function trailOf({ sealed, alice, bob }: ProofRealm): {
  readonly sent: TestChain;
  readonly received: TestChain;
} {
  const sent = new TestChain(alice, 'a1'.repeat(16), Date.now());
  sent.add('audit.started');
  for (const one of sealed) sent.add('message.sent', { ...saidOf(one), outcome: 'acknowledged', ...place });
  sent.checkpoint();
  const received = new TestChain(bob, 'b0'.repeat(16), Date.now());
  received.add('audit.started');
  for (const one of sealed)
    received.add('message.received', { ...saidOf(one), outcome: 'delivered', ...place });
  received.checkpoint();
  return { sent, received };
}

export const textOf = (...lines: readonly Buffer[]): string =>
  lines.map((line) => `${line.toString()}\n`).join('');

/** As `sealwire export` writes it. */
export function exportedLine({ value, key, headers }: Sealed): string {
  const base64 = (bytes: Buffer | null) => bytes?.toString('base64') ?? null;
  return JSON.stringify({
    topic: place.topic,
    partition: place.partition,
    offset: place.offset,
    key: base64(key),
    headers: headers.map(({ name, values }) => ({ name, values: values.map(base64) })),
    value: base64(value),
  });
}
