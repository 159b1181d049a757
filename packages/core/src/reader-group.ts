// The consumer groups that Sealwire itself reads in.

/**
 * How the Kafka groups begin in which an agent reads sessions or the directory; what follows is random. The name is
 * percent-encoded and ends in a character that is not in it, so that no agent's beginning is within another's.
 */
export const readerGroup = (what: 'sessions' | 'directory', agent: string): string =>
  `sealwire-${what}-${encodeURIComponent(agent)}:`;
