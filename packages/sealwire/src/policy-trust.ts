// Which policies a process accepts, by what stands outside of the file: a pinned digest, or keys that must have signed.
import { UsageError } from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';
import { readPolicySignatures, signedMessage } from './policy-signature.js';

/** What must hold of a policy. Everything that is given must. */
export interface PolicyTrust {
  /** The digest that it must have, as `sealwire policy sign` and `policy check` print it: 64 hex digits. */
  readonly digest?: string;
  /** Public keys (65 bytes in base64url, as `sealwire directory key` prints them), of which some must have signed it. */
  readonly keys?: readonly string[];
  /** How many of `keys`; needed where there are several. */
  readonly threshold?: number;
}

/** The same, read. Plain data: it goes to the thread that reads policies. */
export interface TrustDemand {
  readonly digest: string | null;
  readonly keys: readonly string[];
  readonly threshold: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the process demands: by its code, and by `SEALWIRE_POLICY_DIGEST`, `SEALWIRE_POLICY_KEYS` (separated by commas)
 * and `SEALWIRE_POLICY_THRESHOLD`. Neither takes back what the other demands.
 * @throws UsageError ERR_USAGE_ARGUMENT where it could not be met, or means nothing
 */
export function trustDemands(
  given: PolicyTrust | undefined,
  env: Environment = process.env,
): readonly TrustDemand[] {
  // One that is set and empty was meant to demand something, and does not pass for one that is not set.
  const {
    SEALWIRE_POLICY_DIGEST: digest,
    SEALWIRE_POLICY_KEYS: keys,
    SEALWIRE_POLICY_THRESHOLD: threshold,
  } = env;
  const fromEnvironment: PolicyTrust = {
    ...(digest === undefined ? {} : { digest }),
    ...(keys === undefined ? {} : { keys: keys.split(/[\s,]+/).filter(Boolean) }),
    ...(threshold === undefined ? {} : { threshold: threshold === '' ? NaN : Number(threshold) }),
  };
  return [
    ...(given === undefined ? [] : [demandOf(given, 'policyTrust')]),
    ...(Object.keys(fromEnvironment).length === 0 ? [] : [demandOf(fromEnvironment, 'SEALWIRE_POLICY_…')]),
  ];
}

function demandOf({ digest, keys = [], threshold }: PolicyTrust, where: string): TrustDemand {
  const wrong = (text: string): UsageError => new UsageError('ERR_USAGE_ARGUMENT', `${where}: ${text}`);
  if (digest === undefined && keys.length === 0)
    throw wrong('give a digest, or the keys that must have signed the policy.');
  if (digest !== undefined && !/^[0-9a-f]{64}$/.test(digest))
    throw wrong('the digest must be 64 lower-case hex digits, as "sealwire policy check" prints it.');
  for (const key of keys) {
    const bytes = Buffer.from(key, 'base64url');
    if (bytes.toString('base64url') !== key || nodePrimitives.verifyKey(bytes) === null)
      throw wrong(
        'a key must be a public key, 65 bytes in base64url, as "sealwire directory key" prints it.',
      );
  }
  if (new Set(keys).size < keys.length) throw wrong('a key stands twice; name each once.');
  const needed = threshold ?? (keys.length > 1 ? NaN : keys.length);
  if (keys.length > 0 && !(Number.isSafeInteger(needed) && needed >= 1 && needed <= keys.length))
    throw wrong(`the threshold must say how many of ${keys.length} keys must have signed, from 1 on.`);
  if (keys.length === 0 && threshold !== undefined) throw wrong('a threshold needs keys.');
  return { digest: digest ?? null, keys, threshold: keys.length === 0 ? 0 : needed };
}

/**
 * Whether a policy is one that the process accepts.
 * @param file of the policy; its signatures are beside it, in `<file>.sig`
 * @returns the keys of `demands` that have signed it
 * @throws UsageError ERR_USAGE_SIGNATURE, ERR_USAGE_FILE
 */
export function checkTrust(demands: readonly TrustDemand[], file: string, digest: Buffer): readonly string[] {
  const text = digest.toString('hex');
  for (const { digest: pinned } of demands)
    if (pinned !== null && pinned !== text)
      throw refused(
        `${file} is not the policy that is pinned: its digest is ${text}. Use the pinned one, or change the pin where it is set.`,
      );
  if (demands.every(({ keys }) => keys.length === 0)) return [];
  const { signatures } = readPolicySignatures(file);
  const message = signedMessage(digest);
  const hasSigned = (key: string): boolean => {
    const verifier = nodePrimitives.verifyKey(Buffer.from(key, 'base64url'));
    return signatures.some(({ signature }) => verifier?.verify(message, signature) === true);
  };
  const signedBy = new Set<string>();
  for (const { keys, threshold } of demands) {
    const good = keys.filter(hasSigned);
    if (good.length < threshold)
      throw refused(
        `${file} is signed by ${good.length} of the keys that are trusted, and ${threshold} must have. It or a file that it names has changed since, or it was never signed: sign it with "sealwire policy sign", or take the change back.`,
      );
    for (const key of good) signedBy.add(key);
  }
  return [...signedBy];
}

const refused = (text: string): UsageError => new UsageError('ERR_USAGE_SIGNATURE', text);
