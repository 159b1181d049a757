// Whatever a payload holds, no error says a word of it.
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { payloadCheck, type Framing, type PayloadSchema } from '../src/index.js';
import { avro, jsonSchema, task } from './made-schemas.js';

const canary = 'canary';
const digits = 7_405_926_513;

const words = fc.constantFrom(
  canary,
  `${canary}\u0000é`,
  `${canary}@example.com`,
  `${canary}/~0`,
  `__${canary}__`,
);
const names = fc.oneof(
  words,
  fc.constantFrom(...task.fields.map(({ name }) => name), 'specversion', 'data', 'data_base64'),
);
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    words,
    words.map((word) => Buffer.from(word).toString('base64')),
    fc.constantFrom(digits, -digits, digits + 0.25, 3, true, null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 5 }),
  ),
}));

const text = json.map((value) => JSON.stringify(value));
const broken = fc
  .tuple(text, fc.nat(), fc.constantFrom('', '"', '\\', canary, '{', '\u0000'))
  .map(
    ([whole, at, put]) =>
      whole.slice(0, at % (whole.length + 1)) + put + whole.slice(at % (whole.length + 1)),
  );
const payloads = fc.oneof(
  text.map((one) => Buffer.from(one)),
  broken.map((one) => Buffer.from(one)),
  fc
    .tuple(fc.uint8Array({ maxLength: 6 }), text)
    .map(([head, tail]) => Buffer.concat([head, Buffer.from(tail)])),
);

const described = jsonSchema({
  type: 'object',
  required: ['id'],
  minProperties: 2,
  properties: {
    id: { type: 'string', format: 'uuid' },
    title: { type: 'string', maxLength: 3, pattern: '^[a-b]+$' },
    state: { enum: ['OPEN', 'DONE'] },
    priority: { const: 3 },
    tools: { type: 'array', uniqueItems: true, items: { type: 'string' } },
    parent: { oneOf: [{ $ref: '#' }, { type: 'null' }] },
  },
  patternProperties: { '^x_': { type: 'number', multipleOf: 2 } },
  propertyNames: { maxLength: 8 },
  dependentRequired: { title: ['state'] },
  additionalProperties: { type: 'integer' },
});

const forms: readonly [string, PayloadSchema | null, string, Framing][] = [
  ['JSON by an Avro schema', avro(task), 'application/json', 'none'],
  ['JSON by a JSON Schema', described, 'application/json', 'none'],
  ['JSON by no schema', null, 'application/json', 'none'],
  ['Avro binary', avro(task), 'avro/binary', 'none'],
  ['Avro behind a Confluent frame', avro(task), 'avro/binary', 'confluent'],
  ['a CloudEvent', avro(task), 'application/cloudevents+json', 'cloudevents'],
  ['a CloudEvent by a JSON Schema', described, 'application/cloudevents+json', 'cloudevents'],
];

describe('an error about a payload', () => {
  it.each(forms)('says nothing that stands in it, with %s', (_, schema, contentType, framing) => {
    const check = payloadCheck({ contentType, framing, schema })!;
    let refused = 0;
    fc.assert(
      fc.property(payloads, (payload) => {
        try {
          check(payload);
        } catch (error) {
          refused++;
          const said = inspect(error, { depth: 20, maxStringLength: null, showHidden: true });
          expect(said).not.toMatch(
            new RegExp(`${canary}|${String(digits)}|${Buffer.from(canary).toString('base64')}`, 'i'),
          );
        }
      }),
      { numRuns: 1_000 },
    );
    expect(refused).toBeGreaterThan(300);
  });
});
