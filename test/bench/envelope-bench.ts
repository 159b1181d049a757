// Seal and open through the whole journey in memory, and the same work by jose; and what the envelope adds in bytes.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, CompactSign, compactVerify } from 'jose';
import type { Outgoing, Received, Route, Sealed } from '@sealwire/core';
import { keyId, nodePrimitives } from '@sealwire/crypto';
import { assemble, type RouteChecks, type Sealwire } from 'sealwire';
import { measure, type Variant } from './rounds.ts';
import type { Results } from './results.ts';

/** A Sealwire with keys and directory in memory; policy, freshness and sender checks are the real ones. */
function inMemory(route: Route, agent: string): Sealwire {
  const signing = nodePrimitives.signingKey(nodePrimitives.generatePrivateKey());
  const sealing = nodePrimitives.sealingKey(nodePrimitives.generatePrivateKey());
  const key = (purpose: 'message-signing' | 'sealing', publicKey: Buffer, owner: string) => ({
    keyId: keyId(purpose, 1, publicKey),
    publicKey,
    owner,
    notBeforeMs: 0,
    notAfterMs: Number.MAX_SAFE_INTEGER,
    distrustFromMs: null,
  });
  const signingKey = key('message-signing', signing.publicKey, agent);
  const sealingKey = key('sealing', sealing.publicKey, route.audience[0]!);
  const byId = new Map([[signingKey.keyId.toString('latin1'), signingKey]]);
  const held = sealingKey.keyId.toString('latin1');
  const routes: RouteChecks = {
    outbound: () => route,
    channelOf: () => route.channel,
    inbound: () => route,
    senderAllowed: (_route, sender) => sender === agent,
  };
  return assemble(
    {
      agent,
      clock: { nowMs: () => Date.now() },
      primitives: nodePrimitives,
      suite: 1,
      directory: {
        realm: randomBytes(16),
        version: 1,
        signingKey: (id) => byId.get(id) ?? null,
        sealingKey: () => sealingKey,
        isMember: () => true,
        has: () => true,
      },
      keyStore: {
        signer: { keyId: signingKey.keyId, sign: (message) => signing.sign(message) },
        holds: (id) => id === held,
        unwrap: (_id, encapsulated, wrapped, info) => sealing.unwrap(encapsulated, wrapped, info)!,
      },
      routes,
      epochMs: 86_400_000,
      skewMs: 30_000,
      maxMessageBytes: 1_048_576,
    },
    {
      connection: () => {
        throw new Error('nothing connects here');
      },
      quarantine: {
        kafka: { onReject: 'quarantine', name: 'q' },
        rabbitmq: { onReject: 'quarantine', name: 'q' },
      },
      auditTarget: { kafka: 'a', rabbitmq: 'a' },
    },
  );
}

const nowhere = { write: () => Promise.resolve() };

// Sender, type, content type and audience are 40 bytes together: the names that the design's budget counts.
const agent = 'orchestrator';
const route: Route = {
  channel: 'agent-messages',
  type: 'agent.message.v1',
  senders: [agent],
  audience: ['research-team'.slice(0, 12)],
  contentType: 'application/octet-stream',
  schema: Buffer.alloc(32, 1),
  clearHeaders: new Set(),
  maxAgeMs: 3_600_000,
};

function outgoing(payload: Buffer): Outgoing {
  return {
    destination: { transport: 'kafka', topic: 't' },
    payload,
    key: null,
    headers: [],
    partition: 0,
    description: {},
  };
}

function received(sealed: Sealed, index: number): Received {
  return {
    source: { transport: 'kafka', topic: 't', partition: 0, offset: String(index) },
    value: sealed.value,
    key: null,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: Date.now(),
  };
}

/** Microseconds a message of what `work` does to `messages` messages. */
async function microseconds(messages: number, work: () => unknown): Promise<number> {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1000 / messages;
}

export async function benchEnvelope(
  rounds: number,
  messages: number,
  results: Results,
  say: (line: string) => void,
): Promise<void> {
  for (const bytes of [256, 1024, 4096]) {
    const payloads = Array.from({ length: 64 }, () => randomBytes(bytes));
    const sealwire = inMemory(route, agent);
    const outlet = sealwire.outlet('kafka', nowhere);
    const inlet = sealwire.inlet('kafka', nowhere);
    const batches = Math.ceil(messages / 64);
    let together: (readonly Sealed[])[] = [];
    let alone: (readonly Sealed[])[] = [];
    const singles = Math.ceil(messages / 8);
    const openAll = async (groups: readonly (readonly Sealed[])[]): Promise<void> => {
      for (const group of groups) {
        const outcomes = await inlet.open(group.map(received));
        if (!outcomes.every(({ verified }) => verified))
          throw new Error('a message of the bench was refused');
      }
    };
    const jose = await joseWork(payloads[0]!);
    const variants: Record<string, Variant> = {
      sealBatch64: () =>
        microseconds(batches * 64, () => {
          together = Array.from({ length: batches }, () => outlet.seal(payloads.map(outgoing)));
        }),
      openBatch64: () => microseconds(batches * 64, () => openAll(together)),
      sealSingle: () =>
        microseconds(singles, () => {
          alone = Array.from({ length: singles }, (_, index) =>
            outlet.seal([outgoing(payloads[index % 64]!)]),
          );
        }),
      openSingle: () => microseconds(singles, () => openAll(alone)),
      joseSeal: () => microseconds(100, () => repeat(100, jose.seal)),
      joseOpen: () => microseconds(100, () => repeat(100, jose.open)),
    };
    say(`envelope ${bytes}`);
    const measured = await measure(variants, rounds, say);
    const us = (name: string): number => measured[name]!.median;
    results.set(`seal.${bytes}.single.us`, us('sealSingle'));
    results.set(`seal.${bytes}.batch64.us`, us('sealBatch64'));
    results.set(`seal.${bytes}.batch64.timesFasterThanJose`, us('joseSeal') / us('sealBatch64'));
    results.set(`open.${bytes}.single.us`, us('openSingle'));
    results.set(`open.${bytes}.batch64.us`, us('openBatch64'));
    results.set(`open.${bytes}.batch64.timesFasterThanJose`, us('joseOpen') / us('openBatch64'));
    results.set(`jose.seal.${bytes}.us`, us('joseSeal'));
    results.set(`jose.open.${bytes}.us`, us('joseOpen'));
  }
  overhead(results);
}

async function repeat(times: number, work: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < times; i++) await work();
}

/** Sign, then encrypt, as jose does it: ES256, then ECDH-ES+A256KW with A256GCM. Keys are imported once. */
async function joseWork(
  payload: Buffer,
): Promise<{ seal: () => Promise<string>; open: () => Promise<unknown> }> {
  const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const recipient = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const text = new TextEncoder();
  const seal = async (): Promise<string> => {
    const signed = await new CompactSign(payload)
      .setProtectedHeader({ alg: 'ES256' })
      .sign(signing.privateKey);
    return new CompactEncrypt(text.encode(signed))
      .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM' })
      .encrypt(recipient.publicKey);
  };
  const sealed = await seal();
  const open = async (): Promise<unknown> => {
    const { plaintext } = await compactDecrypt(sealed, recipient.privateKey);
    return compactVerify(plaintext, signing.publicKey);
  };
  return { seal, open };
}

/** One recipient, no optional fields, names of 40 bytes together beyond the channel. */
function overhead(results: Results): void {
  const outlet = inMemory(route, agent).outlet('kafka', nowhere);
  const payload = randomBytes(1024);
  const sizes = (count: number): number[] =>
    outlet
      .seal(Array.from({ length: count }, () => outgoing(payload)))
      .map(({ value }) => value!.length - payload.length);
  results.set('overhead.selfContained.single', sizes(1)[0]!);
  results.set('overhead.selfContained.batch64', Math.max(...sizes(64)));
  results.note(
    `overhead: names beyond the channel are ${Buffer.byteLength(agent + route.type + route.audience.join(''))} bytes, with a schema hash; the largest message of the batch`,
  );
}
