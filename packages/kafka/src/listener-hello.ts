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

/** @returns the mechanisms; empty: none is asked for there; `null`: no whole answer yet, or no Kafka */
export function kafkaMechanisms(bytes: Buffer): readonly string[] | null {
  if (bytes.length < 4 || bytes.length < 4 + bytes.readInt32BE(0) || !answersKafka(bytes)) return null;
  const code = bytes.readInt16BE(8);
  if (code === illegalState) return [];
  if (code !== unsupportedMechanism && code !== 0) return null;
  const count = bytes.length < 14 ? 0 : bytes.readInt32BE(10);
  const names: string[] = [];
  let at = 14;
  for (let i = 0; i < count && at + 2 <= bytes.length; i++) {
    const length = bytes.readInt16BE(at);
    names.push(bytes.toString('utf8', at + 2, at + 2 + length));
    at += 2 + length;
  }
  return names;
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
