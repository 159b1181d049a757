// What a user gives to secureKafka.
import type { Description } from '@sealwire/core';
import type { KafkaConfig, Message } from 'kafkajs';

/** kafkajs’ own configuration without what the policy decides; its types and names are unchanged. */
export type SecureKafkaConfig = Omit<KafkaConfig, 'ssl' | 'sasl' | 'socketFactory'> & {
  readonly ssl?: never;
  readonly sasl?: never;
  readonly socketFactory?: never;
};

/** A record as the application gave it to `send`. */
export interface DescribedRecord {
  readonly topic: string;
  readonly key: Message['key'];
  readonly value: Message['value'];
  readonly headers: Message['headers'];
}

/** Says what a record lacks: its message type where the policy allows several, its correlation and causation ids. */
export type Describe = (record: DescribedRecord) => Description;

export interface SecureKafkaOptions {
  /** Called once for each record of a `send`, synchronously, before it is sealed. What it throws rejects the send. */
  readonly describe?: Describe;
}
