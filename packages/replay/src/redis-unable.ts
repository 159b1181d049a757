// Why Redis cannot be asked, and what to do about it.
import { InabilityError } from '@sealwire/core';

/** Where a name has several addresses, one error holds those of all of them, and says nothing itself. */
function reasonOf(error: unknown): string {
  const { message, errors } = error as { readonly message?: string; readonly errors?: readonly unknown[] };
  if (message) return message;
  return errors?.[0] === undefined ? 'unknown reason' : reasonOf(errors[0]);
}

export function redisUnable(error: unknown, url: string): InabilityError {
  const why = reasonOf(error);
  const { host } = new URL(url);
  if (/^(WRONGPASS|NOAUTH|NOPERM)/.test(why))
    return new InabilityError(
      'ERR_UNABLE_REPLAY',
      `Redis at ${host} refuses this login: check user name, password and rights (commands EVALSHA, EVAL, INFO; keys {sealwire}:*).`,
      { host },
    );
  if (why.startsWith('OOM'))
    return new InabilityError(
      'ERR_UNABLE_REPLAY',
      `Redis at ${host} is full. Nothing is accepted until it has more memory, or older messages have expired.`,
      { host },
    );
  return new InabilityError('ERR_UNABLE_REPLAY', `Redis at ${host} cannot be asked (${why}).`, { host });
}
