// A chain as SPEC.md says that a writer makes it, for tests of those who read it.
import { createHash, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { merkleTree } from '@sealwire/crypto';
import { checkpointText, leafHash, noteKeyHash, signedNote } from '../../src/index.js';

export interface ChainWriter {
  /** As events name it: an agent, or its pseudonym. */
  readonly name: string;
  readonly privateKey: KeyObject;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  /** 32 hex digits. */
  readonly keyId: string;
}

/** P-256 from its scalar. */
export function privateKeyOf(scalar: Buffer, publicKey: Buffer): KeyObject {
  const [x, y] = [publicKey.subarray(1, 33), publicKey.subarray(33)].map((half) =>
    half.toString('base64url'),
  );
  return createPrivateKey({
    key: { kty: 'EC', crv: 'P-256', d: scalar.toString('base64url'), x: x!, y: y! },
    format: 'jwk',
  });
}

const flatFields = [
  'sender_id',
  'recipient_id',
  'timestamp',
  'message_type',
  'message_hash',
  'channel',
  'encryption_status',
];

export const hexOf = (hash: string): string => Buffer.from(hash, 'latin1').toString('hex');

export class TestChain {
  readonly id: string;
  readonly lines: Buffer[] = [];
  readonly #writer: ChainWriter;
  readonly #leaves: string[] = [];
  #checkpointed = 0;
  #nowMs: number;

  constructor(writer: ChainWriter, id: string, startMs: number) {
    this.#writer = writer;
    this.id = id;
    this.#nowMs = startMs;
  }

  /** Adds an event; `fields` stand in `unmapped`, the seven at the top too. */
  add(kind: string, fields: Readonly<Record<string, unknown>> = {}): Buffer {
    const sequence = this.lines.length;
    const unmapped: Record<string, unknown> = {
      kind,
      outcome: null,
      writer: this.#writer.name,
      ...Object.fromEntries(flatFields.map((name) => [name, null])),
      timestamp: new Date(this.#nowMs++).toISOString(),
      ...fields,
      chain: this.id,
      sequence,
      previous: hexOf(this.#leaves.at(-1) ?? '\0'.repeat(32)),
    };
    const line = Buffer.from(
      ascii(
        JSON.stringify({
          activity_id: 1,
          class_uid: 6003,
          metadata: { version: '1.8.0', sequence, uid: `${this.id}:${sequence}` },
          time: Date.parse(String(unmapped['timestamp'])),
          ...Object.fromEntries(flatFields.map((name) => [name, unmapped[name]])),
          unmapped,
        }),
      ),
    );
    this.take(line);
    return line;
  }

  /** Adds bytes as they are. */
  take(line: Buffer): void {
    this.lines.push(line);
    this.#leaves.push(leafHash(line));
  }

  /** Adds a checkpoint over all since the last one, signed by the writer or by somebody else. */
  checkpoint(signer: ChainWriter = this.#writer, fields: Readonly<Record<string, unknown>> = {}): Buffer {
    const leaves = this.#leaves.slice(this.#checkpointed);
    const { privateKey, publicKey, keyId } = signer;
    const text = checkpointText({
      chain: this.id,
      first: this.#checkpointed,
      size: leaves.length,
      root: merkleTree(leaves, sha256).root,
      keyId,
      again: this.#checkpointed === 0, // both forms
      seen: [],
    });
    const signature = sign('sha256', Buffer.from(text), privateKey);
    const checkpoint = signedNote(text, this.#writer.name, noteKeyHash(publicKey), signature);
    this.#checkpointed = this.lines.length;
    return this.add('audit.checkpoint', { checkpoint, ...fields });
  }
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('binary');

const ascii = (json: string): string =>
  json.replace(/[\u007f-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
