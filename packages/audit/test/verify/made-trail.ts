// Makes chains and checkpoints by the words of SPEC.md alone, with keys of their own: nothing of the writer's is used.
import {
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
  type KeyObject,
  createPublicKey,
} from 'node:crypto';
import type { ListedSigner, Trust } from '../../src/index.js';

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();

export const leafOf = (event: Uint8Array): Buffer => sha256(Buffer.of(0), event);

/** RFC 9162 §2.1.1 by its own words, over leaf hashes. */
export function treeHead(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? sha256();
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Buffer.of(1), treeHead(leaves.slice(0, k)), treeHead(leaves.slice(k)));
}

export interface MadeAgent {
  readonly name: string;
  readonly keyId: string;
  readonly publicKey: Buffer;
  readonly privateKey: KeyObject;
  readonly spki: Buffer;
}

export function madeAgent(name: string): MadeAgent {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { name, keyId: randomBytes(16).toString('hex'), publicKey: spki.subarray(-65), privateKey, spki };
}

export const validity = { notBeforeMs: 0, notAfterMs: 4e12, distrustFromMs: null };

/** As a directory of these agents would be asked. */
export function trustIn(
  agents: readonly MadeAgent[],
  terms: Partial<Record<keyof typeof validity, number | null>> = {},
): Trust {
  const keys = new Map(
    agents.map((a) => [
      a.keyId,
      { owner: a.name, publicKey: a.publicKey, ...validity, ...terms } as ListedSigner,
    ]),
  );
  const known = new Map(
    agents.map((a) => [
      a.publicKey.toString('hex'),
      createPublicKey({ key: a.spki, format: 'der', type: 'spki' }),
    ]),
  );
  return {
    keyOf: (keyId) => keys.get(keyId) ?? null,
    verify: (publicKey, text, der) => verify('sha256', text, known.get(publicKey.toString('hex'))!, der),
  };
}

export interface Seen {
  readonly chain: string;
  readonly sequence: number;
  readonly leafHash: string;
}

export interface NoteParts {
  readonly chain: string;
  readonly first: number;
  readonly size: number;
  readonly root: Buffer;
  readonly again?: boolean;
  readonly seen?: readonly Seen[];
}

export function madeNote(
  agent: MadeAgent,
  { chain, first, size, root, again = false, seen = [] }: NoteParts,
  name = agent.name,
): string {
  const text = [
    `sealwire/v1/audit-checkpoint/${chain}/${first}`,
    `${size}`,
    root.toString('base64'),
    `key ${agent.keyId}`,
    ...(again ? ['again'] : []),
    ...seen.map((each) => `seen ${each.chain} ${each.sequence} ${each.leafHash}`),
    '',
  ].join('\n');
  const signature = sign('sha256', Buffer.from(text), agent.privateKey);
  return `${text}\n\u2014 ${name} ${Buffer.concat([sha256(agent.spki).subarray(0, 4), signature]).toString('base64')}\n`;
}

const ascii = (value: unknown): Buffer =>
  Buffer.from(
    JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );

export class MadeChain {
  readonly agent: MadeAgent;
  readonly chain: string;
  readonly events: Buffer[] = [];
  readonly leaves: Buffer[] = [];
  /** Sequences of its checkpoints. */
  readonly checkpoints: number[] = [];
  timeMs: number;

  constructor(agent: MadeAgent, timeMs = Date.UTC(2026, 0, 1)) {
    this.agent = agent;
    this.chain = randomBytes(16).toString('hex');
    this.timeMs = timeMs;
    this.add('audit.started');
  }

  /** From here on as this one, but with a life of its own: what a writer's key holder could write anew. */
  forkedAt(sequence: number): MadeChain {
    const other = Object.assign(Object.create(MadeChain.prototype) as MadeChain, this);
    return Object.assign(other, {
      events: this.events.slice(0, sequence),
      leaves: this.leaves.slice(0, sequence),
      checkpoints: this.checkpoints.filter((at) => at < sequence),
    });
  }

  /** @returns its bytes, appended */
  add(kind: string, facts: Record<string, unknown> = {}, over: Record<string, unknown> = {}): Buffer {
    const event = this.made(kind, facts, over);
    this.events.push(event);
    this.leaves.push(leafOf(event));
    return event;
  }

  /** As the next event would be. */
  made(kind: string, facts: Record<string, unknown> = {}, over: Record<string, unknown> = {}): Buffer {
    const sequence = this.events.length;
    const flat = {
      sender_id: this.agent.name,
      recipient_id: null,
      timestamp: new Date(this.timeMs).toISOString(),
      message_type: null,
      message_hash: null,
      channel: null,
      encryption_status: null,
    };
    this.timeMs += 10;
    return ascii({
      metadata: { version: '1.8.0', uid: `${this.chain}:${sequence}`, sequence },
      time: this.timeMs,
      ...flat,
      unmapped: {
        kind,
        ...flat,
        writer: this.agent.name,
        chain: this.chain,
        sequence,
        previous: (this.leaves.at(-1) ?? Buffer.alloc(32)).toString('hex'),
        ...facts,
      },
      ...over,
    });
  }

  checkpoint(seen: readonly Seen[] = [], signer = this.agent, again = false): Buffer {
    const event = this.madeCheckpoint(seen, signer, {}, again);
    this.checkpoints.push(this.events.length);
    this.events.push(event);
    this.leaves.push(leafOf(event));
    return event;
  }

  madeCheckpoint(
    seen: readonly Seen[] = [],
    signer = this.agent,
    facts: Record<string, unknown> = {},
    again = false,
  ): Buffer {
    const first = this.checkpoints.at(-1) ?? 0;
    const leaves = this.leaves.slice(first);
    const parts = { chain: this.chain, first, size: leaves.length, root: treeHead(leaves), again, seen };
    return this.made('audit.checkpoint', { checkpoint: madeNote(signer, parts), ...facts });
  }

  /** Some messages, then a checkpoint. */
  interval(messages: number): this {
    for (let i = 0; i < messages; i++)
      this.add('message.sent', { message_hash: randomBytes(32).toString('hex'), outcome: 'acknowledged' });
    this.checkpoint();
    return this;
  }

  /** As others would name its last checkpoint. */
  seen(): Seen {
    const sequence = this.checkpoints.at(-1)!;
    return { chain: this.chain, sequence, leafHash: this.leaves[sequence]!.toString('hex') };
  }

  /** The process ends in order. */
  stop(): this {
    this.add('audit.stopped');
    this.checkpoint();
    return this;
  }
}
