// Between neutral header fields and AMQP header tables, for what travels in clear.
import { isUtf8 } from 'node:buffer';
import type { HeaderField } from '@sealwire/core';
import { isReadFromWire } from './wire-names.js';

/** Adds fields to a header table, as text where their bytes are text: brokers match headers by text. */
export function addToTable(table: Record<string, unknown>, fields: readonly HeaderField[]): void {
  for (const { name, values } of fields) {
    const items = values.map((value) => (isUtf8(value) ? value.toString() : value));
    table[name] = items.length === 1 ? items[0] : items;
  }
}

/**
 * The fields of a received table that a sender can have bound: own keys with text or bytes. Tracing headers and the
 * broker’s own are left out, and so is what no sender of ours puts there.
 */
export function fieldsOfTable(table: unknown): HeaderField[] {
  if (table === null || typeof table !== 'object') return [];
  const fields: HeaderField[] = [];
  for (const [name, value] of Object.entries(table)) {
    if (name === '__proto__' || isReadFromWire(name)) continue;
    const values = (Array.isArray(value) ? value : [value]).map(asBytes);
    if (values.every((bytes) => bytes !== null)) fields.push({ name, values });
  }
  return fields;
}

function asBytes(value: unknown): Buffer | null {
  if (typeof value === 'string') return Buffer.from(value);
  return Buffer.isBuffer(value) ? value : null;
}
