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
