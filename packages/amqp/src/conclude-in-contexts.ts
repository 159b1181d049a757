// Tells the audit what became of deliveries: of a refused one in the context that it came in.
import type { AsyncResource } from 'node:async_hooks';
import { isRejected, type AuditOutcome, type Inlet, type Judged } from '@sealwire/core';

/** What became of a delivery, and the asynchronous context that the delivery came in. */
export interface ContextOutcome {
  readonly outcome: Judged;
  readonly context: AsyncResource | null;
}

/**
 * One conclude for all that is handed over, and one for each refusal: observers see it where its span is the active one,
 * as instrumentation made one per delivery. Their syncs are one all the same.
 * @throws InabilityError where not all of it is safe: call again with the same
 */
export async function concludeInContexts(
  inlet: Inlet,
  outcomes: readonly ContextOutcome[],
  rejectedOutcome: AuditOutcome,
): Promise<void> {
  const together: Judged[] = [];
  const alone: ContextOutcome[] = [];
  for (const one of outcomes)
    if (one.context !== null && isRejected(one.outcome)) alone.push(one);
    else together.push(one.outcome);
  // Async, so that what throws at once leaves no promise behind that nobody waits for.
  const conclude = async (some: readonly Judged[]): Promise<void> => inlet.conclude(some, rejectedOutcome);
  await Promise.all([
    ...(together.length > 0 ? [conclude(together)] : []),
    ...alone.map(({ outcome, context }) => context!.runInAsyncScope(conclude, undefined, [outcome])),
  ]);
}
