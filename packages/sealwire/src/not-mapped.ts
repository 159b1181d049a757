// What is read and not mapped any more waits: nothing about it can be judged, and nothing about it is wrong.
import { InabilityError, type Source } from '@sealwire/core';

/** For what was mapped once, and is not now. */
export function notMapped(
  source: Pick<Source, 'transport'> & { topic?: string; queue?: string },
): InabilityError {
  const name = source.topic ?? source.queue ?? '';
  return new InabilityError(
    'ERR_UNABLE_POLICY',
    `The policy maps the ${source.topic === undefined ? 'queue' : 'topic'} ${name} no more. Stop reading it, or add it to its channel again; its messages wait.`,
    { name },
  );
}
