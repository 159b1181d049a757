// The batch that a handler sees: kafkajs’ own, but with opened messages in place of the records.
import type { Batch, KafkaMessage } from 'kafkajs';

/** Methods that speak of the fetched batch as a whole, control and rejected records included, as kafkajs’ do. */
const ofTheWhole = [
  'firstOffset',
  'lastOffset',
  'offsetLag',
  'offsetLagLow',
  'isEmptyIncludingFiltered',
  'isEmptyDueToFiltering',
  'isEmptyControlRecord',
  'isEmptyDueToLogCompactedMessages',
] as const;

/**
 * Makes a view of a batch. It is an instance of kafkajs’ class with kafkajs’ methods; `messages` and the untyped
 * `rawMessages` and `messagesWithinOffset` all hold the opened messages, and nothing leads to an unopened record.
 */
export function batchView(batch: Batch, messages: KafkaMessage[]): Batch {
  const own = (value: unknown, enumerable: boolean): PropertyDescriptor => ({
    value,
    enumerable,
    writable: true,
    configurable: true,
  });
  const properties: PropertyDescriptorMap = {};
  for (const [name, value] of Object.entries(batch)) {
    if (!Array.isArray(value)) properties[name] = own(value, true);
  }
  for (const name of ['rawMessages', 'messagesWithinOffset', 'messages'])
    properties[name] = own(messages, true);
  const methods = batch as unknown as Record<string, () => unknown>;
  for (const name of ofTheWhole) properties[name] = own(() => methods[name]!(), false);
  return Object.create(Object.getPrototypeOf(batch) as object, properties) as Batch;
}
