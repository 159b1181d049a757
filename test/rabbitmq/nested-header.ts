// A hostile message that amqplib itself cannot make: header tables nested thousands deep.
import type { Channel } from 'amqplib';

/** Publishes to a queue over a bare channel’s connection, frame by frame. */
export function publishNested(bare: Channel, queue: string, content: Buffer, levels: number): void {
  const { ch, connection } = bare as unknown as {
    ch: number;
    connection: { stream: { write(bytes: Buffer): void } };
  };
  const table = Buffer.alloc(levels * 6);
  for (let at = 0; at < table.length; at += 6) {
    table.write('F', at + 1, 'latin1'); // behind an empty name
    table.writeUInt32BE(table.length - at - 6, at + 2);
  }
  const key = Buffer.from(queue);
  const publish = Buffer.concat([Buffer.from([0, 60, 0, 40, 0, 0, 0, key.length]), key, Buffer.from([0])]);
  const header = Buffer.alloc(18);
  header.writeUInt16BE(60, 0);
  header.writeBigUInt64BE(BigInt(content.length), 4);
  header.writeUInt16BE(0x2000, 12);
  header.writeUInt32BE(table.length, 14);
  connection.stream.write(
    Buffer.concat([
      frame(1, ch, publish),
      frame(2, ch, Buffer.concat([header, table])),
      frame(3, ch, content),
    ]),
  );
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head[0] = type;
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([206])]);
}
