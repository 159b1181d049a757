// The first words of AMQP 0-9-1, in bytes: for tools that look at a listener without logging in.

/** What a client begins with. */
export const amqpHello = (): Buffer => Buffer.from('AMQP\0\0\x09\x01', 'latin1');

const [methodFrame, frameEnd] = [1, 0xce];
const [connectionClass, startMethod] = [10, 10];

/** Whether this begins an answer to `amqpHello`: connection.start, or the version that a broker speaks instead. */
export function answersAmqp(bytes: Buffer): boolean {
  if (bytes.length >= 8 && bytes.toString('latin1', 0, 4) === 'AMQP') return true;
  return (
    bytes.length >= 11 &&
    bytes[0] === methodFrame &&
    bytes.readUInt16BE(1) === 0 &&
    bytes.readUInt16BE(7) === connectionClass &&
    bytes.readUInt16BE(9) === startMethod
  );
}

/** The login mechanisms that connection.start offers; `null`: no whole answer yet, or no AMQP */
export function amqpMechanisms(bytes: Buffer): readonly string[] | null {
  if (!answersAmqp(bytes) || bytes.length < 17) return null;
  const end = 7 + bytes.readUInt32BE(3);
  if (bytes.length <= end || bytes[end] !== frameEnd) return null;
  // Version, then the server’s properties, of which the length is enough.
  const at = 17 + bytes.readUInt32BE(13);
  if (at + 4 > end) return null;
  return bytes
    .toString('latin1', at + 4, Math.min(end, at + 4 + bytes.readUInt32BE(at)))
    .split(' ')
    .filter(Boolean);
}
