// Where a record is sent to or was read from, in its transport's own terms.

/** The transports that adapters exist for; a new adapter adds its name here. */
export type Transport = 'kafka' | 'rabbitmq';

/** Where a message is sent. A route of the policy maps it to a logical channel. */
export type Destination =
  | { readonly transport: 'kafka'; readonly topic: string }
  | { readonly transport: 'rabbitmq'; readonly exchange: string; readonly routingKey: string };

/** Where a record was read. `partition` and `offset` are Kafka's, `deliveryTag` is AMQP's. */
export type Source =
  | {
      readonly transport: 'kafka';
      readonly topic: string;
      readonly partition: number;
      readonly offset: string;
    }
  | {
      readonly transport: 'rabbitmq';
      readonly queue: string;
      readonly exchange: string;
      readonly routingKey: string;
      readonly deliveryTag: number;
    };
