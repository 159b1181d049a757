// What to do where a broker could not be looked at, by why it could not.
import { SealwireError } from '@sealwire/core';

const [accessRefused, notFound] = [403, 404];

/** Of what was asked of a broker as an agent. */
export function nextStep(error: unknown): string {
  if (lacksRight(error))
    return 'The rights that acl derives let agents use messages, and not look at them: ask for these rows alone as an administrator, with --agent admin --only sealed.';
  if (codeOf(error) === 'ERR_USAGE_RECORD' || codeOf(error) === notFound)
    return 'See the rows “topics” and “queues”: it may not be there.';
  return seeConnection;
}

/** Whether the broker does not allow what was asked. */
export const lacksRight = (error: unknown): boolean =>
  codeOf(error) === 'ERR_USAGE_ACL' || codeOf(error) === accessRefused;

/** For where no broker can be asked as an agent. */
export const seeConnection =
  'See the rows “certificates” and “sasl”; where those are good, look whether the broker is up, and try again.';

/** An error of Sealwire’s own says what to do, and what it says was told already. */
export const asItSays = (error: unknown, otherwise: string): string =>
  error instanceof SealwireError ? 'Do as it says.' : otherwise;

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;
