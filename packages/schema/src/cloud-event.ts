// A CloudEvent in its JSON form (CloudEvents 1.0, structured mode).
import type { Findings } from './findings.js';
import { parseJson } from './parse-json.js';
import type { PayloadSchema } from './payload-schema.js';

const required = ['specversion', 'id', 'source', 'type'];

/**
 * Checks the attributes of an event, and its data against the schema: `data` is a JSON value; `data_base64` is Avro
 * where `datacontenttype` says so, otherwise JSON. Without a schema data may be anything.
 */
export function checkCloudEvent(event: unknown, schema: PayloadSchema | null, found: Findings): void {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    found.add('CloudEvent');
    return;
  }
  const attributes = event as Readonly<Record<string, unknown>>;
  for (const name of required) {
    const value = attributes[name];
    if (typeof value !== 'string' || value === '') found.addAt([name], 'required');
    else if (name === 'specversion' && value !== '1.0') found.addAt([name], '1.0');
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'data' || name === 'data_base64') continue;
    if (!/^[a-z0-9]+$/.test(name)) found.addAt(['*'], 'attribute name of lower-case letters and digits');
    if (typeof value === 'object' && value !== null)
      found.addAt(['*'], 'attribute that is no object or array');
  }
  const { data, data_base64: encoded, datacontenttype: type } = attributes;
  if (data !== undefined && encoded !== undefined) {
    found.add('either data or data_base64');
    return;
  }
  if (schema === null) return;
  if (type !== undefined && type !== null && typeof type !== 'string') {
    found.addAt(['datacontenttype'], 'string');
    return;
  }
  if (encoded !== undefined) {
    checkEncoded(encoded, type ?? '', schema, found);
    return;
  }
  if (data === undefined) {
    found.addAt(['data'], 'required');
    return;
  }
  if (typeof type === 'string' && !isJson(type)) {
    found.addAt(['datacontenttype'], 'JSON, as its data is');
    return;
  }
  found.path.push('data');
  schema.checkValue(data, found);
  found.path.pop();
}

function checkEncoded(encoded: unknown, type: string, schema: PayloadSchema, found: Findings): void {
  const bytes = typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : null;
  if (bytes?.toString('base64') !== encoded) {
    found.addAt(['data_base64'], 'base64');
    return;
  }
  const isAvro = /\bavro\b/i.test(type);
  if (!isAvro && type !== '' && !isJson(type)) {
    found.addAt(['datacontenttype'], 'JSON or Avro');
    return;
  }
  found.path.push('data_base64');
  if (isAvro && schema.checkBytes === null) found.add('JSON, as its schema is for JSON');
  else if (isAvro) schema.checkBytes!(bytes!, found);
  else {
    const parsed = parseJson(bytes!, found);
    if (parsed !== null) {
      found.allowStepsFor(parsed.values);
      schema.checkValue(parsed.value, found);
    }
  }
  found.path.pop();
}

const isJson = (type: string): boolean => /^[^;]*[/+]json *(;|$)/i.test(type);
