// Program: a producer that sends while its audit topic takes nothing, and is killed in the middle of one last send, which leaves in clear.
import { readFileSync } from 'node:fs';
import { TLSSocket } from 'node:tls';
import { secureKafka } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import { openSealwire } from 'sealwire';

export interface KilledSenderStart {
  readonly agent: string;
  readonly policy: string;
  readonly brokers: string[];
  readonly topic: string;
  readonly values: readonly string[];
  /** A topic whose channel is only observed. */
  readonly observed: string;
}

const start = JSON.parse(readFileSync(0, 'utf8')) as KilledSenderStart;
const sealwire = await openSealwire(start.policy, { agent: start.agent });
const { brokers, topic, observed } = start;
const producer = secureKafka(sealwire, { brokers, logLevel: kafkajs.logLevel.NOTHING }).producer();
await producer.connect();
for (const value of start.values) await producer.send({ topic, messages: [{ value }] });
process.stdout.write(`${JSON.stringify({ spooled: sealwire.auditStates()[0]!.spooledEvents })}\n`);

/** Behind its length: the number of the request’s API. Produce has 0. */
const isProduce = (bytes: Buffer): boolean => bytes.readInt16BE(4) === 0;
const write = TLSSocket.prototype.write as (this: TLSSocket, ...given: unknown[]) => boolean;
TLSSocket.prototype.write = function (this: TLSSocket, ...given: unknown[]): boolean {
  const [bytes] = given;
  if (Buffer.isBuffer(bytes) && isProduce(bytes) && bytes.includes(observed))
    process.kill(process.pid, 'SIGKILL');
  return write.apply(this, given);
};
await producer.send({ topic: observed, messages: [{ value: 'in clear' }] });
