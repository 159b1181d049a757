// A guard that is always the one of the policy in force, for clients that keep what they were given.
import type { ConnectionGuard } from '@sealwire/core';

/** @param current the guard of now; what it throws is thrown to whoever asks */
export function followingGuard(current: () => ConnectionGuard): ConnectionGuard {
  return new Proxy(current(), {
    get(_, key) {
      const guard = current();
      const asked: unknown = Reflect.get(guard, key, guard);
      return typeof asked === 'function' ? (asked.bind(guard) as unknown) : asked;
    },
  });
}
