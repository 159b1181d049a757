// Turns the values of `rotation` into the policy's own terms.
import type { RotationPolicy, SecretSource } from './policy.js';
import type { RotationValues } from './rotation-schema.js';

export function rotationOf(
  values: RotationValues | undefined,
  absolute: (path: string) => string,
  secret: (path: string | undefined, env: string | undefined) => SecretSource | null,
): RotationPolicy | null {
  if (values?.enabled !== 'true') return null;
  const { issuer_key_file: keyFile } = values;
  const passphrase = secret(values.issuer_passphrase_file, values.issuer_passphrase_env);
  return {
    intervalMs: values.rotation_interval_hours,
    destroyAfterMs: values.destroy_after,
    destroyAfterByGroup: new Map(Object.entries(values.destroy_after_by_group)),
    signingValidityMs: values.signing_validity,
    documentValidityMs: values.directory_validity,
    issuer: keyFile === undefined || passphrase === null ? null : { keyFile: absolute(keyFile), passphrase },
  };
}
