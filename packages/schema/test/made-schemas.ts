// Schemas and checks for the tests of payload validation.
import { SealwireError } from '@sealwire/core';
import { compileSchema, payloadCheck, type Framing, type PayloadSchema } from '../src/index.js';

export const avroText = (text: string): PayloadSchema => compileSchema('test.avsc', Buffer.from(text));
export const avro = (schema: unknown): PayloadSchema => avroText(JSON.stringify(schema));

export const jsonSchema = (schema: unknown): PayloadSchema =>
  compileSchema('test.schema.json', Buffer.from(JSON.stringify(schema)));

/** The violations of a payload, one a line; none where it passes. Text is JSON as it stands. */
export function violations(
  schema: PayloadSchema | null,
  payload: unknown,
  contentType = 'application/json',
  framing: Framing = 'none',
): string[] {
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  try {
    payloadCheck({ contentType, framing, schema })?.(bytes);
    return [];
  } catch (error) {
    if (!(error instanceof SealwireError) || error.code !== 'ERR_VALIDATION_PAYLOAD') throw error;
    return error.message.split('\n').slice(error.message.includes('\n') ? 1 : 0);
  }
}

/** The problems of a schema, without the file's name. */
export function problems(compile: () => unknown): string[] {
  try {
    compile();
    return [];
  } catch (error) {
    if (!(error instanceof SealwireError) || error.code !== 'ERR_USAGE_SCHEMA') throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^test\.(avsc|schema\.json):/, ''));
  }
}

/** What an agent is asked to do. */
export const task = {
  type: 'record',
  name: 'Task',
  namespace: 'agents',
  fields: [
    { name: 'id', type: 'string', format: 'uuid' },
    { name: 'title', type: 'string', minLength: 1, maxLength: 12 },
    { name: 'priority', type: 'int', minimum: 1, maximum: 5 },
    { name: 'tools', type: { type: 'array', items: { type: 'string', pattern: '^[a-z_]+$' } }, maxItems: 3 },
    { name: 'budget', type: ['null', 'double'], default: null, minimum: 0 },
    { name: 'labels', type: { type: 'map', values: { type: 'string', maxLength: 5 } }, default: {} },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'DONE'] }, default: 'OPEN' },
    { name: 'parent', type: ['null', 'Task'], default: null },
  ],
} as const;

export const goodTask = {
  id: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  title: 'search',
  priority: 3,
  tools: ['web_search'],
};
