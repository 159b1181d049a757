// The consumer groups and the queues that Sealwire itself reads in.
import { createHash } from 'node:crypto';

/**
 * How the Kafka groups begin in which an agent reads sessions, the directory or notices of checkpoints; what follows is
 * random. The name is percent-encoded and ends in a character that is not in it, so that no agent's beginning is within
 * another's.
 */
export const readerGroup = (what: 'sessions' | 'directory' | 'notices', agent: string): string =>
  `sealwire-${what}-${encodeURIComponent(agent)}:`;

/** A queue's name holds 255 bytes in RabbitMQ; what follows a beginning is 16 random bytes in hexadecimal. */
const mostBytes = 255 - 32;

/**
 * How the queues begin by which an agent hears notices of checkpoints on RabbitMQ: as its groups do, and for a name that is
 * too long for that by its hash, behind a character that no percent-encoded name holds.
 */
export function noticeQueues(agent: string): string {
  const beginning = readerGroup('notices', agent);
  return beginning.length <= mostBytes
    ? beginning
    : `sealwire-notices-sha256=${createHash('sha256').update(agent).digest('hex')}:`;
}
