// Headers as kafkajs has them (an object) and as the journeys have them (a list), safe against any name.
import type { HeaderField } from '@sealwire/core';
import type { IHeaders } from 'kafkajs';

const none: readonly HeaderField[] = [];

/**
 * Reads the headers of a record that kafkajs decoded. Only own names count. For names such as `constructor` kafkajs
 * puts a function or an object before the real value: whatever is no Buffer is left out.
 */
export function receivedHeaders(headers: IHeaders | undefined): readonly HeaderField[] {
  if (headers === undefined || headers === null) return none;
  const names = Object.keys(headers);
  if (names.length === 0) return none;
  const fields: HeaderField[] = [];
  for (const name of names) {
    const value: unknown = headers[name];
    if (Buffer.isBuffer(value)) fields.push({ name, values: [value] });
    else if (Array.isArray(value)) {
      const values = value.filter((part): part is Buffer => Buffer.isBuffer(part));
      if (values.length > 0) fields.push({ name, values });
    }
  }
  return fields;
}

/** Makes a fresh, extensible headers object, as kafkajs does: one value is a Buffer, several are an array. */
export function headersObject(fields: readonly HeaderField[]): Record<string, Buffer | Buffer[]> {
  const headers: Record<string, Buffer | Buffer[]> = {};
  for (const field of fields) addHeader(headers, field);
  return headers;
}

/** Adds one header. A header named `__proto__` becomes an own property, not the prototype. */
export function addHeader(headers: Record<string, Buffer | Buffer[]>, { name, values }: HeaderField): void {
  const value = values.length === 1 ? values[0]! : [...values];
  if (name === '__proto__') {
    Object.defineProperty(headers, name, { value, enumerable: true, writable: true, configurable: true });
  } else headers[name] = value;
}

/** What a bare kafkajs hands over, `null` values included, without what it puts before names such as `constructor`. */
export function plainHeaders(received: IHeaders | undefined): IHeaders {
  const headers: IHeaders = {};
  for (const [name, given] of Object.entries<unknown>(received ?? {})) {
    const values = (Array.isArray(given) ? given : [given]).filter(isHeaderValue);
    if (values.length === 0) continue;
    // kafkajs has an array only for several.
    const value = values.length === 1 ? values[0] : values;
    Object.defineProperty(headers, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return headers;
}

const isHeaderValue = (value: unknown): value is Buffer | null => value === null || Buffer.isBuffer(value);
