// A plaintext message that the policy admits, or that came back: as amqplib delivers it, in objects of its own.
import type { Message } from 'amqplib';
import { cleanTable } from './clean-table.js';

export function plainMessage<M extends Message>(raw: M): M {
  const { content, fields, properties } = raw;
  return {
    content,
    fields: { ...fields },
    properties: { ...properties, headers: cleanTable(properties.headers) },
  } as M;
}
