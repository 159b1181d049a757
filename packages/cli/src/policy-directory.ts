// The directory of a policy, for commands that speak for no agent.
import { UsageError } from '@sealwire/core';
import type { OpenDirectory } from '@sealwire/identity';
import type { PolicyTemplate } from '@sealwire/policy';
import { readDirectory } from './read-directory.js';

/**
 * @param graceMs how long after its expiry it may be asked
 * @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_FILE; KeyError ERR_KEY_DIRECTORY
 */
export function readPolicyDirectory(
  policy: PolicyTemplate,
  given: string | undefined,
  graceMs?: number,
): OpenDirectory {
  const file = given ?? policy.directory.file;
  if (file.includes('{agent}'))
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      'Every agent has a directory file of its own here; say with --directory which one to ask.',
    );
  return readDirectory({ ...policy.directory, file }, policy.realm, graceMs);
}
