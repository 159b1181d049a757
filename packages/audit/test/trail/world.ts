// A trail with sinks that tests rule over, and ways to end its process.
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditBatch, AuditEvent, AuditSink } from '@sealwire/core';
import { generateKeyPairSync, sign } from 'node:crypto';
import { openAuditTrail, type OpenTrailOptions } from '../../src/trail/open-audit-trail.js';

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'sealwire-trail-'));

/** What it would be if the process had been killed at this moment. */
export function killed(folder: string): string {
  const copy = newFolder();
  cpSync(folder, copy, {
    recursive: true,
    filter: (path) => !path.endsWith('lock') && !path.includes('lock-'),
  });
  return copy;
}

/** As a disk would that rots: the frame that has this text cannot be believed any more, and its length can. */
export function damageSpool(folder: string, text: string): void {
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.spool'))) {
    const path = join(folder, name);
    const bytes = readFileSync(path, 'latin1');
    writeFileSync(path, bytes.replace(text, 'x'.repeat(text.length)), 'latin1');
  }
}

export const event = (type: string, change: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'message.received',
  timestampMs: 1_700_000_000_000,
  senderId: 'alice',
  recipientId: 'bob',
  messageType: type,
  messageHash: 'ab'.repeat(32),
  recordHash: null,
  channel: 'tasks',
  encryptionStatus: 'sealed',
  outcome: 'delivered',
  code: null,
  unverified: false,
  facts: { topic: 't', partition: 0, offset: '1' },
  ...change,
});

export interface Line {
  readonly kind: string;
  readonly message_type: string | null;
  readonly outcome: string;
  readonly chain: string;
  readonly sequence: number;
  readonly previous: string;
  readonly [fact: string]: unknown;
}

export class TestSink implements AuditSink {
  readonly lines: Buffer[] = [];
  refuses = false;
  /** Once it has so many lines. */
  refusesAfter = Infinity;

  write({ lines }: AuditBatch): Promise<void> {
    if (this.refuses || this.lines.length >= this.refusesAfter) return Promise.reject(new Error('away'));
    this.lines.push(...lines);
    return Promise.resolve();
  }

  get events(): Line[] {
    return this.lines.map((line) => (JSON.parse(String(line)) as { unmapped: Line }).unmapped);
  }
}

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
export const checkpointKey = {
  keyId: Buffer.alloc(16, 7),
  publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-65),
  sign: (text: Buffer) => Promise.resolve(sign('sha256', text, privateKey)),
};

export const open = (folder: string, change: Partial<OpenTrailOptions> = {}) =>
  openAuditTrail(options(folder, change));

export function options(folder: string, change: Partial<OpenTrailOptions> = {}): OpenTrailOptions {
  return {
    name: 'kafka',
    folder,
    writer: { agent: 'bob', pid: 1, host: 'h', version: '0' },
    sinks: ['kafka'],
    maxBytes: 64 * 1024 * 1024,
    failurePolicy: 'spool',
    dropUntilMs: null,
    checkpoints: {
      everyMs: 60_000,
      events: 10_000,
      signer: { current: () => checkpointKey },
      clock: { nowMs: () => Date.now() },
      seen: () => [],
    },
    disguise: (each) => each,
    observers: [],
    clock: { nowMs: () => Date.now() },
    firstRetryMs: 1,
    closeWithinMs: 0,
    maxRetryMs: 5,
    ...change,
  };
}

/** As a journey seals it, as far as the trail looks. */
export function sealed(type: string, hash = 'cd'): never {
  return {
    value: Buffer.alloc(1),
    headers: [],
    facts: {
      sender: 'bob',
      recipients: ['alice'],
      type,
      channel: 'tasks',
      issuedAtMs: 1_700_000_000_000,
      messageHash: Buffer.from(hash.repeat(32), 'hex'),
      senderKeyId: Buffer.alloc(16, 0x0a),
    },
  } as never;
}

/** As a policy that only observes lets it go, as far as the trail looks. */
export function inClear(type: string): never {
  return {
    inClear: true,
    value: Buffer.from('payload'),
    headers: [],
    sender: 'bob',
    recipients: [],
    type,
    channel: 'tasks',
    atMs: 1_700_000_000_000,
    wouldRefuse: 'ERR_POLICY_SENDER',
    recordHash: Buffer.alloc(32, 0xee),
  } as never;
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
