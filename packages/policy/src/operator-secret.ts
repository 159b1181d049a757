// Reads a secret that an operator gives a command, as strictly as those of the policy.
import { UsageError } from '@sealwire/core';
import { readSecret, Unusable } from './guarded-secret.js';
import type { SecretSource } from './policy.js';

/** @throws UsageError ERR_USAGE_SASL where there is none, or others can read the file */
export function operatorSecret(
  source: SecretSource,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  try {
    return readSecret(source, env);
  } catch (error) {
    if (error instanceof Unusable) throw new UsageError('ERR_USAGE_SASL', error.message);
    throw error;
  }
}
