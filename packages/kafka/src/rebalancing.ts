// kafkajs’ own idea of “the group is rebalancing”, which it does not export.

const types: ReadonlySet<unknown> = new Set([
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'ILLEGAL_GENERATION',
]);

export const isRebalancing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && types.has((error as { type?: unknown }).type);

/**
 * Whether the broker answered, rather than that it could not be reached: only an answer tells that this is no longer a
 * member of its group.
 */
export const isAnswer = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && typeof (error as { type?: unknown }).type === 'string';
