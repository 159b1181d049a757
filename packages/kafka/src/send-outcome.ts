// What a failed send says about its records: certainly not written, or nobody knows.

/** Refusals that do not depend on the moment: no attempt of the same bytes can have been written. */
const refusals: ReadonlySet<unknown> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'INVALID_REQUIRED_ACKS',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]);

const notSent = /^The producer is disconnect|^Cannot continue to use transaction once ended/;

/**
 * Judges a rejected send. `failed` is said only where it is certain; a time-out, a lost connection, an exhausted retry
 * or a batch for several partitions of which one was refused are `unknown`.
 * @param partitions how many partitions the batch went to
 */
export function sendOutcome(error: unknown, partitions: number): 'failed' | 'unknown' {
  if (!(error instanceof Error)) return 'unknown';
  if (notSent.test(error.message)) return 'failed';
  return partitions === 1 && refusals.has((error as { type?: unknown }).type) ? 'failed' : 'unknown';
}
