// Reads the audit trail of both transports with ordinary clients, and counts the messages that it speaks of.
import type { EachMessagePayload } from 'kafkajs';
import { auditEvent } from '../audit-event.ts';
import { bareKafka, bareRabbitmq, withAdmin } from '../fixture.ts';
import type { AuditCounts } from './report.ts';
import { arena } from './topology.ts';

type Take = (line: Buffer) => void;

/**
 * Counts each message once: an event may be written twice where an acknowledgement is lost.
 * @param take is given each event as it was written, not compressed any more
 */
export async function readAudit(take: Take): Promise<AuditCounts> {
  const seen = { sent: new Set<string>(), received: new Set<string>(), rejected: new Set<string>() };
  const count = (line: Buffer): void => {
    take(line);
    const event = auditEvent(line);
    const kind = /^message\.(sent|received|rejected)$/.exec(String(event['kind']))?.[1];
    if (kind !== undefined) seen[kind as keyof AuditCounts].add(nameOf(event));
  };
  await readTopic(count);
  await readQueue(count);
  return { sent: seen.sent.size, received: seen.received.size, rejected: seen.rejected.size };
}

/** A message is named by its hash. The bytes of a rejected one may have come more often, so its place is part of its name. */
function nameOf(event: Readonly<Record<string, unknown>>): string {
  const {
    message_hash: hash,
    record_hash: bytes,
    topic,
    partition,
    offset,
    queue,
    delivery_tag: tag,
  } = event;
  return JSON.stringify(typeof hash === 'string' ? hash : [bytes, topic, partition, offset, queue, tag]);
}

async function readTopic(take: Take): Promise<void> {
  const ends = await withAdmin((admin) => admin.fetchTopicOffsets(arena.audit));
  const total = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  if (total === 0) return;
  const consumer = bareKafka().consumer({ groupId: 'audit-reader' });
  await consumer.connect();
  await consumer.subscribe({ topics: [arena.audit], fromBeginning: true });
  let read = 0;
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: EachMessagePayload): Promise<void> => {
      take(message.value ?? Buffer.alloc(0));
      if (++read === total) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
}

/** Acknowledges nothing: all of it goes back to the queue, and with it to the files that are searched. */
async function readQueue(take: Take): Promise<void> {
  const connection = await bareRabbitmq();
  const channel = await connection.createChannel();
  const { messageCount } = await channel.checkQueue(arena.audit);
  let read = 0;
  if (messageCount > 0) {
    await new Promise<void>((resolve, reject) => {
      const receive = ({ content }: { readonly content: Buffer }): void => {
        take(content);
        if (++read === messageCount) resolve();
      };
      channel.consume(arena.audit, (message) => message !== null && receive(message)).catch(reject);
    });
  }
  await connection.close();
}
