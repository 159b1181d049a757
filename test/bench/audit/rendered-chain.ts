// A chain as a writer makes it, of events as they stand on the topic: to measure readers by.
import { createHash, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import {
  checkpointText,
  CompactRange,
  EventRenderer,
  hexOfHash,
  leafHash,
  noHash,
  noteKeyHash,
  signedNote,
  type Trust,
} from '@sealwire/audit';
import type { AuditEvent } from '@sealwire/core';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
const keyId = randomBytes(16).toString('hex');
const writer = {
  agent: 'spiffe://acme.example/agents/orchestrator',
  pid: 4711,
  host: 'agents-1',
  version: '0.1.0',
};

/** As a directory that lists the one key of all these chains. */
export const trust: Trust = {
  keyOf: (id) =>
    id === keyId
      ? { owner: writer.agent, publicKey: point, notBeforeMs: 0, notAfterMs: 4e12, distrustFromMs: null }
      : null,
  verify: (_, text, der) => verify('sha256', text, publicKey, der),
};

const checkpointEvery = 10_000;

export class RenderedChain {
  readonly chain = randomBytes(16).toString('hex');
  readonly #renderer = new EventRenderer();
  #range = new CompactRange();
  #first = 0;
  #sequence = 0;
  #previous = hexOfHash(noHash);
  #timeMs = Date.UTC(2026, 0, 1);

  /** A message at its one end and the other in turn, a checkpoint every 10,000, and `audit.started` first. */
  next(): Buffer {
    if (this.#sequence === 0) return this.#event(eventOf('audit.started', null, this.#timeMs, {}));
    if (this.#sequence % checkpointEvery === 0) return this.checkpoint();
    const number = this.#sequence >> 1;
    const hash = createHash('sha256').update(`${this.chain} ${number}`).digest('hex');
    const kind = this.#sequence % 2 === 0 ? 'message.sent' : 'message.received';
    const facts = { topic: 'agent-messages', partition: number % 6, offset: `${number}` };
    return this.#event(eventOf(kind, hash, this.#timeMs, facts));
  }

  checkpoint(): Buffer {
    const root = this.#range.root();
    const { chain } = this;
    const [first, { size }] = [this.#first, this.#range];
    const parts = { chain, first, size, root, keyId, again: false, seen: [] };
    const text = checkpointText(parts);
    const note = signedNote(
      text,
      writer.agent,
      noteKeyHash(point),
      sign('sha256', Buffer.from(text), privateKey),
    );
    this.#range = new CompactRange();
    this.#first = this.#sequence;
    return this.#event(eventOf('audit.checkpoint', null, this.#timeMs, { checkpoint: note }));
  }

  #event(event: AuditEvent): Buffer {
    const link = { chain: this.chain, sequence: this.#sequence++, previous: this.#previous };
    const bytes = this.#renderer.renderBytes(event, writer, link);
    const hash = leafHash(bytes);
    this.#previous = hexOfHash(hash);
    this.#range.append(hash);
    this.#timeMs += 3;
    return bytes;
  }
}

function eventOf(
  kind: AuditEvent['kind'],
  messageHash: string | null,
  timestampMs: number,
  facts: AuditEvent['facts'],
): AuditEvent {
  const ofMessage = messageHash !== null;
  return {
    kind,
    timestampMs,
    senderId: ofMessage ? writer.agent : null,
    recipientId: ofMessage ? 'spiffe://acme.example/groups/researchers' : null,
    messageType: ofMessage ? 'agent.message' : null,
    messageHash,
    recordHash: null,
    channel: ofMessage ? 'agent-messages' : null,
    encryptionStatus: 'sealed',
    outcome: kind === 'message.sent' ? 'acknowledged' : 'delivered',
    code: null,
    unverified: false,
    facts,
  };
}
