// A record as an insider sees it on a broker, and where an insider can put one.

/** The two transports, as in the policy. */
export type Transport = 'kafka' | 'rabbitmq';

/** What lies on the broker: sealed bytes, and what travels in clear beside them. */
export interface WireRecord {
  /** `null` is a Kafka tombstone. */
  readonly value: Buffer | null;
  /** The Kafka record key; RabbitMQ has none. */
  readonly key: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * `inbox`: the topic (partition 0) or queue that the victim was sent to. `other-channel`: a topic or queue of another
 * channel, which the same agent reads. `other-partition`: partition 1 of the inbox.
 */
export type Place = 'inbox' | 'other-channel' | 'other-partition';

/** A record that an attacker writes. */
export interface Injection extends WireRecord {
  readonly place: Place;
}
