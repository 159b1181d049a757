// The first words that a Kafka listener can be asked without logging in, in bytes: for tools that look at a listener.

const [saslHandshake, apiVersions] = [17, 18];
const unsupportedMechanism = 33;
const illegalState = 34;

/** Any number: an answer repeats it. */
const correlation = 0x5ea1;
const clientId = Buffer.from('sealwire-inspect');

/** ApiVersions, version 0: what every listener answers, before any login. */
export const kafkaHello = (): Buffer => request(apiVersions, 0, Buffer.alloc(0));

/** Whether this begins an answer to `kafkaHello`: then a Kafka listener speaks here. */
export function answersKafka(bytes: Buffer): boolean {
  return bytes.length >= 10 && bytes.readInt32BE(4) === correlation && bytes.readInt32BE(0) >= 6;
}

/** SaslHandshake, version 0, for a mechanism that there is not: a listener answers with those that there are. */
export function kafkaSaslHello(): Buffer {
  const name = Buffer.from('SEALWIRE-ASKS');
  const length = Buffer.alloc(2);
  length.writeInt16BE(name.length);
  return request(saslHandshake, 0, Buffer.concat([length, name]));
}

/** @returns the mechanisms; empty: none is asked for there; `null`: no whole answer, or none of Kafka’s */
export function kafkaMechanisms(bytes: Buffer): readonly string[] | null {
  if (!answersKafka(bytes)) return null;
  const end = 4 + bytes.readInt32BE(0);
  if (bytes.length < end) return null;
  const code = bytes.readInt16BE(8);
  if (code === illegalState) return [];
  if ((code !== unsupportedMechanism && code !== 0) || end < 14) return null;
  return names(bytes.subarray(14, end), bytes.readInt32BE(10));
}

/** Whoever answers is not known yet: neither number nor lengths are believed beyond the bytes that are there. */
function names(bytes: Buffer, count: number): readonly string[] | null {
  if (count < 0 || count * 2 > bytes.length) return null;
  const found: string[] = [];
  let at = 0;
  while (found.length < count) {
    if (at + 2 > bytes.length) return null;
    const length = bytes.readInt16BE(at);
    at += 2;
    if (length < 0 || length > bytes.length - at) return null;
    found.push(bytes.toString('utf8', at, at + length));
    at += length;
  }
  return found;
}

function request(api: number, version: number, body: Buffer): Buffer {
  const head = Buffer.alloc(14);
  head.writeInt32BE(10 + clientId.length + body.length, 0);
  head.writeInt16BE(api, 4);
  head.writeInt16BE(version, 6);
  head.writeInt32BE(correlation, 8);
  head.writeInt16BE(clientId.length, 12);
  return Buffer.concat([head, clientId, body]);
}
