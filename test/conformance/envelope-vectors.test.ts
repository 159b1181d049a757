// The project’s own vectors (packages/envelope/vectors) through the whole inbound journey of a Sealwire, with both providers.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { isRejected, type Received, type Sealwire, type Source } from '@sealwire/core';
import { noblePrimitives, nodePrimitives, type Primitives } from '@sealwire/crypto';
import { assemble } from 'sealwire';
import type {
  VectorCase,
  VectorFile,
  VectorHeader,
  VectorMessage,
  VectorRecord,
} from '../../packages/envelope/vectors/vector-file.js';
import { recordingTrails } from '../../packages/sealwire/test/recording-trails.js';
import { partsOf, sessionsOf } from './vector-parts.js';

const file = JSON.parse(
  readFileSync(new URL('../../packages/envelope/vectors/envelope.json', import.meta.url), 'utf8'),
) as VectorFile;

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (value: Buffer | null) => value?.toString('hex') ?? null;

function open(one: VectorCase, primitives: Primitives): Sealwire {
  return assemble(partsOf(file, one, primitives), {
    connection: () => {
      throw new Error('no connections here');
    },
    quarantine: {
      kafka: { onReject: 'quarantine', name: 'q' },
      rabbitmq: { onReject: 'quarantine', name: 'q' },
    },
    auditTarget: { kafka: 'a', rabbitmq: 'a' },
    trails: recordingTrails(),
  });
}

function sourceOf({ transport, place, partition }: VectorRecord): Source {
  return transport === 'kafka'
    ? { transport, topic: place, partition: partition!, offset: '0' }
    : { transport, queue: place, exchange: '', routingKey: place, deliveryTag: 1 };
}

const receivedOf = (record: VectorRecord): Received => ({
  source: sourceOf(record),
  value: record.value === null ? null : bytes(record.value),
  key: record.key === null ? null : bytes(record.key),
  headers: record.headers.map(({ name, values }) => ({ name, values: values.map(bytes) })),
  appendedAtMs: record.appendedAt,
  receivedAtMs: record.receivedAt,
});

const headersOf = (headers: readonly { name: string; values: readonly Buffer[] }[]): VectorHeader[] =>
  headers.map(({ name, values }) => ({ name, values: values.map((value) => value.toString('hex')) }));

/** The answer in the vectors’ form. */
async function answer(sealwire: Sealwire, record: VectorRecord): Promise<VectorCase['expected']> {
  const inlet = sealwire.inlet(
    record.transport,
    { write: () => Promise.resolve() },
    { sessions: sessionsOf(file, sealwire.sessions) },
  );
  const [outcome] = await inlet.open([receivedOf(record)], null);
  if (!outcome!.verified) return { code: isRejected(outcome!) ? outcome.code : 'plaintext' };
  const { facts, payload, headers } = outcome!;
  const message: VectorMessage = {
    sender: facts.sender,
    senderKeyId: facts.senderKeyId.toString('hex'),
    recipients: facts.recipients,
    channel: facts.channel,
    type: facts.type,
    contentType: facts.contentType,
    issuedAt: facts.issuedAtMs,
    correlationId: hex(facts.correlationId),
    causationId: hex(facts.causationId),
    nonce: facts.nonce.toString('hex'),
    messageHash: facts.messageHash.toString('hex'),
    payload: hex(payload),
    headers: headersOf(headers),
  };
  return { message };
}

describe.each([
  ['node', nodePrimitives],
  ['noble', noblePrimitives],
] as const)('%s', (_, primitives) => {
  test.each(file.cases.map((one) => [one.musts.join(', '), one.name, one] as const))(
    '[%s] %s',
    async (_musts, _name, one) => {
      expect(await answer(open(one, primitives), one.received)).toEqual(one.expected);
    },
  );

  test.each(file.order.map((one) => [one.name, one] as const))('of two faults: %s', async (_name, one) => {
    expect(await answer(open(one, primitives), one.received)).toEqual(one.expected);
  });

  test('what opens does so again after everything that does not, by one receiver', async () => {
    const plain = file.cases.find(({ name }) => name === 'plain')!;
    const sealwire = open(plain, primitives);
    const same = file.cases.filter(
      ({ policy, holds }) => policy === plain.policy && holds.join() === plain.holds.join(),
    );
    expect(same.length).toBeGreaterThan(200);
    for (const one of [...same, ...same.toReversed()])
      expect([one.name, await answer(sealwire, one.received)]).toEqual([one.name, one.expected]);
  });
});
