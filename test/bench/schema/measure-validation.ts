// What holding a message of about 1 KiB to a schema costs: Avro and JSON by one Avro schema, JSON by a JSON Schema.
import { compileSchema, payloadCheck } from '@sealwire/schema';
import avsc from 'avsc';
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { saying } from '../progress.ts';
import { measure } from '../rounds.ts';

const strings = (maxLength: number) => ({ type: 'string', maxLength });
const call = {
  type: 'record',
  name: 'Call',
  fields: [
    { name: 'tool', type: { type: 'string', pattern: '^[a-z_]{1,64}$' } },
    { name: 'arguments', type: strings(4096) },
    { name: 'ok', type: 'boolean' },
    { name: 'milliseconds', type: { type: 'int', minimum: 0 } },
  ],
};
export const avroSchema = {
  type: 'record',
  name: 'Task',
  fields: [
    { name: 'id', type: { type: 'string', format: 'uuid' } },
    { name: 'note', type: ['null', strings(200)] },
    { name: 'score', type: { type: 'double', minimum: 0, maximum: 1 } },
    { name: 'tags', type: { type: 'array', items: strings(20), maxItems: 10 } },
    { name: 'calls', type: { type: 'array', items: call, maxItems: 50 } },
  ],
};
const jsonObject = (properties: Record<string, unknown>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const jsonSchema = jsonObject({
  id: { type: 'string', format: 'uuid' },
  note: { type: ['null', 'string'], maxLength: 200 },
  score: { type: 'number', minimum: 0, maximum: 1 },
  tags: { type: 'array', items: strings(20), maxItems: 10 },
  calls: {
    type: 'array',
    maxItems: 50,
    items: jsonObject({
      tool: { type: 'string', pattern: '^[a-z_]{1,64}$' },
      arguments: strings(4096),
      ok: { type: 'boolean' },
      milliseconds: { type: 'integer', minimum: 0 },
    }),
  },
});
/** A task of so many tool calls. */
export const taskOf = (calls: number) => ({
  id: '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0',
  note: 'please book the flight',
  score: 0.5,
  tags: ['air', 'book', 'urgent'],
  calls: Array.from({ length: calls }, (_, i) => ({
    tool: 'search_direct_flight',
    arguments: `{"origin":"FRA","destination":"SFO","date":"2024-05-2${String(i)}"}`,
    ok: true,
    milliseconds: 120 + i,
  })),
});
const task = taskOf(6);
const perRound = 2_000;

export async function measureValidation(figures: Figures, { quick }: Options): Promise<void> {
  const avro = compileSchema('task.avsc', Buffer.from(JSON.stringify(avroSchema)));
  const json = compileSchema('task.schema.json', Buffer.from(JSON.stringify(jsonSchema)));
  const bytes = avsc.Type.forSchema(avroSchema as unknown as avsc.Schema).toBuffer(task);
  const text = Buffer.from(JSON.stringify(task));
  const often = (name: string, run: () => unknown) => ({
    name,
    run() {
      for (let i = 0; i < perRound; i++) run();
      return perRound;
    },
  });
  const checking = (name: string, contentType: string, schema: typeof avro, payload: Buffer) => {
    const check = payloadCheck({ contentType, framing: 'none', schema })!;
    return often(name, () => check(payload));
  };
  const rounds = quick ? 5 : 31;
  const measured = await measure(
    [
      checking('avro', 'avro/binary', avro, bytes),
      checking('json', 'application/json', avro, text),
      checking('jsonschema', 'application/json', json, text),
      often('parse', () => JSON.parse(text.toString('utf8')) as unknown),
    ],
    { rounds, warmUps: quick ? 2 : 5, progress: saying('validation') },
  );
  figures.section('Payload validation', [
    `A task of ${String(text.length)} bytes of JSON, ${String(bytes.length)} of Avro, with patterns, bounds and a format; ${String(rounds)} rounds, median and quartiles.`,
  ]);
  figures.add('validate.avro.1024.us', measured.us('avro'), 'scanner and constraints');
  figures.add('validate.json.1024.us', measured.us('json'), 'by the same Avro schema');
  figures.add('validate.jsonschema.1024.us', measured.us('jsonschema'), 'by a JSON Schema');
  figures.add('validate.jsonparse.1024.us', measured.us('parse'), 'JSON.parse alone');
}
