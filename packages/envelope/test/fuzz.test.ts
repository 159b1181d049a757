// Whatever arrives: it is verified as it was sent, or rejected with a code. FUZZ_RUNS sets how many cases there are.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  codes,
  type Outgoing,
  type Received,
  type Rejected,
  type Sealed,
  type Verified,
} from '@sealwire/core';
import { decodeOuter, prefix } from '../src/outer-codec.js';
import { integerBytes, writeInteger } from '../src/avro-writer.js';
import { build } from './reference.js';
import { opener, outgoing, receivedFrom, sealer, world } from './world.js';

const runs = Number(process.env['FUZZ_RUNS'] ?? 2_000);
/** One opener reads about as much as a day’s traffic of one partition; then another begins with nothing kept. */
const casesOfOneOpener = 5_000;

const w = world();
const text = (value: string) => Buffer.from(value);

interface Original {
  readonly message: Outgoing;
  readonly sealed: Sealed;
  readonly received: Received;
}

function originals(batch: readonly Outgoing[], seal = sealer(w)): Original[] {
  return seal(batch).map((sealed, i) => {
    const message = batch[i]!;
    const source = {
      transport: 'kafka',
      topic: 'tasks',
      partition: message.partition!,
      offset: `${i}`,
    } as const;
    return { message, sealed, received: receivedFrom(sealed, { source }) };
  });
}

const varied = (i: number): Outgoing =>
  outgoing({
    partition: i % 3,
    payload: i % 7 === 6 ? null : Buffer.alloc(i * 11, i),
    key: [null, Buffer.alloc(0), text('key'), Buffer.alloc(32)][i % 4]!,
    headers: [
      ...(i % 2 === 0 ? [{ name: 'content-type', values: [text('a'), text(`${i}`)] }] : []),
      ...(i % 3 === 0 ? [{ name: 'traceparent', values: [text('00-1')] }] : []),
      ...(i % 5 === 0 && i % 7 !== 6 ? [{ name: 'inner', values: [text('b'), Buffer.alloc(0)] }] : []),
    ],
    description: i % 4 === 1 ? { correlationId: Buffer.alloc(16, i), causationId: Buffer.alloc(16, 1) } : {},
  });

const shared = sealer(w);
const pool: readonly Original[] = [
  ...originals([outgoing()], shared),
  ...originals([outgoing({ payload: Buffer.alloc(0), key: null })], shared),
  ...originals([outgoing({ payload: null })], shared),
  ...originals(
    Array.from({ length: 30 }, (_, i) => varied(i)),
    shared,
  ),
  ...originals(Array.from({ length: 13 }, (_, i) => varied(i))),
  ...originals([outgoing({ payload: Buffer.alloc(20_000, 1) })]),
];
const byHash = new Map(pool.map((one) => [one.sealed.facts.messageHash.toString('hex'), one]));

/** Where a mutation reads its numbers from, so that every case is data that can be shrunk. */
class Dice {
  readonly #numbers: readonly number[];
  #at = 0;
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  below(limit: number): number {
    return limit <= 0 ? 0 : (this.#numbers[this.#at++ % this.#numbers.length]! + this.#at) % limit;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}

const envelopeOf = ({ value, headers }: Received): Buffer =>
  value ?? headers.find(({ name }) => name === 'sealwire')?.values[0] ?? Buffer.alloc(0);

function withEnvelope(received: Received, envelope: Buffer): Received {
  if (received.value !== null) return { ...received, value: envelope };
  const others = received.headers.filter(({ name }) => name !== 'sealwire');
  return { ...received, headers: [...others, { name: 'sealwire', values: [envelope] }] };
}

const splice = (bytes: Buffer, at: number, remove: number, insert: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);

type Bytes = (bytes: Buffer, dice: Dice) => Buffer;

const byteMutations: readonly Bytes[] = [
  (bytes, dice) => {
    const copy = Buffer.from(bytes);
    const at = dice.below(copy.length);
    if (copy.length > 0) copy[at] = copy[at]! ^ (1 << dice.below(8));
    return copy;
  },
  (bytes, dice) =>
    splice(bytes, dice.below(bytes.length), 1, Buffer.of(dice.pick([0, 1, 2, 0x7f, 0x80, 0xff]))),
  (bytes, dice) => bytes.subarray(0, dice.below(bytes.length + 1)),
  (bytes, dice) => bytes.subarray(dice.below(bytes.length + 1)),
  (bytes, dice) => splice(bytes, dice.below(bytes.length), dice.below(20), Buffer.alloc(0)),
  (bytes, dice) => splice(bytes, dice.below(bytes.length), 0, Buffer.alloc(dice.below(9), dice.below(256))),
  (bytes, dice) => {
    const [from, length] = [dice.below(bytes.length), dice.below(80)];
    return splice(bytes, dice.below(bytes.length), length, bytes.subarray(from, from + length));
  },
  (bytes) => Buffer.concat([bytes, bytes]),
];

const fieldNames = ['session', 'header', 'body', 'mac', 'proof'] as const;
type Fields = Record<(typeof fieldNames)[number], Buffer>;

function fieldsOf(envelope: Buffer): Fields | null {
  try {
    return { ...decodeOuter(envelope) };
  } catch {
    return null;
  }
}

/** @param lie added to the length that is written before one field */
function envelopeFrom(fields: Fields, lie: { field: string; by: number; padded: boolean } | null): Buffer {
  const parts = [prefix];
  for (const name of fieldNames) {
    const length = Math.max(0, fields[name].length + (lie?.field === name ? lie.by : 0));
    const number = Buffer.alloc(integerBytes(length));
    writeInteger(number, length, 0);
    if (lie?.field === name && lie.padded) number[number.length - 1]! |= 0x80;
    parts.push(number, ...(lie?.field === name && lie.padded ? [Buffer.of(0)] : []), fields[name]);
  }
  return Buffer.concat(parts);
}

function mutateFields(envelope: Buffer, other: Buffer, dice: Dice): Buffer {
  const fields = fieldsOf(envelope);
  const others = fieldsOf(other);
  if (fields === null || others === null) return dice.pick(byteMutations)(envelope, dice);
  const name = dice.pick(fieldNames);
  const kind = dice.below(4);
  if (kind === 0) return envelopeFrom({ ...fields, [name]: others[name] }, null);
  if (kind === 1)
    return envelopeFrom({ ...fields, [name]: dice.pick(byteMutations)(fields[name], dice) }, null);
  if (kind === 2) return envelopeFrom({ ...fields, [name]: fields[dice.pick(fieldNames)] }, null);
  const by = dice.pick([-1, 1, -16, 16, 2 ** 20, 2 ** 31 - 1, 2 ** 40, 2 ** 52]);
  return envelopeFrom(fields, { field: name, by: dice.below(3) === 0 ? 0 : by, padded: dice.below(2) === 0 });
}

type Mutation = (received: Received, other: Received, dice: Dice) => Received;

const mutations: readonly Mutation[] = [
  (received, _, dice) => withEnvelope(received, dice.pick(byteMutations)(envelopeOf(received), dice)),
  (received, other, dice) =>
    withEnvelope(received, mutateFields(envelopeOf(received), envelopeOf(other), dice)),
  (received, other, dice) => {
    const [a, b] = [envelopeOf(received), envelopeOf(other)];
    const at = dice.below(a.length + 1);
    return withEnvelope(
      received,
      Buffer.concat([a.subarray(0, at), b.subarray(dice.pick([at, dice.below(b.length)]))]),
    );
  },
  (received, other, dice) => ({
    ...received,
    key: dice.pick([null, Buffer.alloc(0), other.key, text('KEY')]),
  }),
  (received, other) => ({ ...received, source: other.source }),
  (received, other, dice) => ({
    ...received,
    headers: dice.pick([
      [],
      other.headers,
      received.headers.slice(1),
      [...received.headers, ...received.headers],
      [...received.headers, { name: 'content-type', values: [text('evil')] }],
      received.headers.map(({ name, values }) => ({ name, values: values.slice(1) })),
    ]),
  }),
  (received) => ({
    ...received,
    value: received.value === null ? envelopeOf(received) : null,
    headers:
      received.value === null
        ? received.headers
        : [...received.headers, { name: 'sealwire', values: [received.value] }],
  }),
  (received) => ({
    ...received,
    source: { transport: 'rabbitmq', queue: 'q', exchange: '', routingKey: '', deliveryTag: 1 },
  }),
];

const numbers = fc.array(fc.nat(), { minLength: 1, maxLength: 24 });
const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value));

/** Untouched, changed once or several times, or nothing but noise. */
const arrival: fc.Arbitrary<Received> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...pool).map(({ received }) => received) },
  {
    weight: 20,
    arbitrary: fc
      .tuple(fc.constantFrom(...pool), fc.constantFrom(...pool), numbers)
      .map(([one, other, drawn]) => {
        const dice = new Dice(drawn);
        let received = one.received;
        for (let times = 1 + dice.below(3); times > 0; times--)
          received = dice.pick(mutations)(received, other.received, dice);
        return received;
      }),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(Buffer.alloc(0), prefix.subarray(0, 2), prefix), bytes)
      .map(([begin, rest]) => ({ ...pool[0]!.received, value: Buffer.concat([begin, rest]) })),
  },
);

function checkRejected(outcome: Rejected): void {
  expect(Object.keys(codes)).toContain(outcome.code);
  // No bug in disguise: every refusal has a reason of its own.
  expect(outcome.code).not.toBe('ERR_FORMAT_UNEXPECTED');
}

const clear = (name: string) => name === 'content-type';

function checkVerified(outcome: Verified, received: Received): void {
  const original = byHash.get(outcome.facts.messageHash.toString('hex'));
  expect(original).toBeDefined();
  const { payload, headers, key, partition } = original!.message;
  expect(outcome.payload).toEqual(payload);
  expect(outcome.headers).toEqual([
    ...headers.filter(({ name }) => !clear(name) && name !== 'traceparent'),
    ...headers.filter(({ name }) => clear(name)),
  ]);
  expect(received.key).toEqual(key);
  expect(received.source).toMatchObject({ transport: 'kafka', partition });
}

describe('the inbound journey', () => {
  it('verifies what was sent as it was sent, and rejects everything else with a code', async () => {
    let open = opener(w);
    let cases = 0;
    let verified = 0;
    const before = process.memoryUsage().rss;
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 5 }), async (batch) => {
        if (cases++ % casesOfOneOpener === 0) open = opener(w);
        const outcomes = await open(batch);
        expect(outcomes).toHaveLength(batch.length);
        outcomes.forEach((outcome, i) => {
          expect(outcome.received).toBe(batch[i]);
          if (outcome.verified) {
            verified++;
            checkVerified(outcome, batch[i]!);
          } else checkRejected(outcome);
        });
      }),
      { numRuns: runs },
    );
    expect(verified).toBeGreaterThan(runs / 100);
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1024 * 1024);
  }, 3_600_000);

  it('verifies or rejects with a code whatever an allowed sender signs', async () => {
    const open = opener(w);
    const parts = ['session', 'header', 'plaintext', 'body', 'mac', 'proof'] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...parts), numbers, async (part, drawn) => {
        const dice = new Dice(drawn);
        const { record: value, key } = build({
          tombstone: dice.below(8) === 0,
          change: { [part]: (made: Buffer) => dice.pick(byteMutations)(made, dice) },
        });
        const [outcome] = await open([{ ...pool[0]!.received, value, key }]);
        if (!outcome!.verified) checkRejected(outcome!);
      }),
      { numRuns: Math.ceil(runs / 5) },
    );
  }, 3_600_000);
});
