// Names and passwords that every broker takes as they are.
import { UsageError } from '@sealwire/core';
import type { BrokerUser } from './brokers.js';

/** The name that Kafka's brokers use among themselves; refused for users. */
export const internalUser = 'sealwire-broker';

/**
 * Throws ERR_USAGE_ARGUMENT where a name or password would need quoting in JAAS, SCRAM or properties syntax (a quote there
 * could add a user or a setting), or a name comes twice or is the brokers' own.
 */
export function checkUsers(users: readonly BrokerUser[]): void {
  const seen = new Set<string>([internalUser]);
  for (const { name, password } of users) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `Broker user ${JSON.stringify(name)}: use letters, digits, ".", "_" and "-".`,
      );
    if (!/^[A-Za-z0-9._~+/=!@#%^*:;?-]{8,128}$/.test(password))
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `Password of ${name}: use 8 to 128 of A-Z a-z 0-9 . _ ~ + / = ! @ # % ^ * : ; ? -`,
      );
    if (seen.has(name))
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `Broker user ${name} comes twice or is reserved; rename it.`,
      );
    seen.add(name);
  }
}
