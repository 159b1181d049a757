// Parts of kafkajs that are not in its types; tests check against them.
declare module 'kafkajs/src/consumer/batch.js' {
  import type { Batch } from 'kafkajs';
  const batch: new (topic: string, fetchedOffset: string, data: object) => Batch;
  export default batch;
}
declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  const connection: new (options: object) => {
    readonly socket: Socket;
    connect(): Promise<unknown>;
    disconnect(): Promise<unknown>;
  };
  export default connection;
}
declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  const decode: (decoder: object) => Promise<{ records: { offset: string; value: Buffer | null }[] }>;
  export default decode;
}
declare module 'kafkajs/src/protocol/decoder.js' {
  const decoder: new (buffer: Buffer) => object;
  export default decoder;
}
declare module 'kafkajs/src/protocol/message/compression/gzip.js' {
  const codec: object;
  export default codec;
}
declare module 'kafkajs/src/broker/index.js' {
  export default class Broker {
    readonly connectionPool: { readonly host: string; readonly port: number };
    produce(request: { readonly topicData: readonly { readonly topic: string }[] }): Promise<object>;
  }
}
declare module 'kafkajs/src/errors.js' {
  export const KafkaJSConnectionClosedError: new (
    message: string,
    broker: { readonly host: string; readonly port: number },
  ) => Error;
}
declare module 'kafkajs/src/producer/eosManager/index.js' {
  export default function eosManagerOf(parts: object): { initProducerId(): Promise<void> };
}
declare module 'kafkajs/src/producer/sendMessages.js' {
  import type { ProducerBatch, RecordMetadata } from 'kafkajs';
  export default function sendMessagesOf(parts: object): (batch: ProducerBatch) => Promise<RecordMetadata[]>;
}
declare module 'kafkajs/src/retry/index.js' {
  export default function retrierOf(settings: object): object;
}
