// Whom commands on the audit trail trust: the message-signing keys of a directory, and nothing else.
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Pseudonyms, type Trust } from '@sealwire/audit';
import { UsageError } from '@sealwire/core';
import type { OpenDirectory } from '@sealwire/identity';
import { readPolicy, readPseudonymKey, type PolicyTemplate } from '@sealwire/policy';
import { readPolicyDirectory } from '../policy-directory.js';
import { readDirectory } from '../read-directory.js';
import { trustOf } from '../verify-options.js';

export interface TrustOptions {
  readonly policy?: string;
  readonly directory?: string;
  readonly rootKey?: readonly string[];
  readonly threshold?: string;
}

/**
 * The directory that is given, under the root keys that are given or that the policy pins; otherwise the policy’s.
 * What it says now of keys then counts: it keeps their validity and revocations.
 * @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_FILE, ERR_USAGE_POLICY; KeyError ERR_KEY_DIRECTORY
 */
export function openTrust({ policy, directory, rootKey, threshold }: TrustOptions): OpenDirectory {
  if (directory === undefined && rootKey === undefined)
    return readPolicyDirectory(readPolicy(policy ?? 'sealwire.yaml'), undefined, Infinity);
  const file = directory ?? 'directory.jsonl';
  const given = {
    directory: file,
    ...(policy === undefined ? {} : { policy }),
    ...(rootKey === undefined ? {} : { rootKey }),
    ...(threshold === undefined ? {} : { threshold }),
  };
  const { realm, ...keys } = trustOf(given).pin;
  return readDirectory({ file, ...keys }, realm, Infinity);
}

/** The policy, where one is given or lies here. */
export const policyOf = ({ policy = 'sealwire.yaml' }: TrustOptions): PolicyTemplate => readPolicy(policy);

/** How often the policy has writers make a checkpoint; `null` where no policy is given, and none lies here. */
export function checkpointEveryOf(options: TrustOptions): number | null {
  return isPolicyHere(options) ? policyOf(options).audit.checkpoint.everyMs : null;
}

const isPolicyHere = ({ policy }: TrustOptions): boolean =>
  policy !== undefined || existsSync('sealwire.yaml');

/** DER SubjectPublicKeyInfo of a P-256 key, up to the point. */
const spkiHead = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/**
 * The pseudonyms of the policy’s key. Without the key each of them is its first owner’s: that is checked then, and not
 * who it is.
 */
export function pseudonymsOf(options: TrustOptions): Pseudonyms | null {
  if (!isPolicyHere(options)) return null;
  const file = policyOf(options).audit.pseudonymKeyFile;
  if (file === null) return null;
  try {
    return new Pseudonyms(readPseudonymKey(file));
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

export function auditTrust(directory: OpenDirectory, pseudonyms: Pseudonyms | null): Trust {
  /** The directory has checked that they are points of the curve. */
  const keys = new Map<string, KeyObject>();
  const keyObject = (publicKey: Buffer): KeyObject => {
    const name = publicKey.toString('latin1');
    let key = keys.get(name);
    if (key === undefined) {
      key = createPublicKey({ key: Buffer.concat([spkiHead, publicKey]), format: 'der', type: 'spki' });
      keys.set(name, key);
    }
    return key;
  };
  return {
    ...(pseudonyms === null ? {} : { pseudonym: (agent: string) => pseudonyms.name(agent) }),
    keyOf: (keyId) => directory.signingKey(Buffer.from(keyId, 'hex').toString('latin1')),
    verify: (publicKey, text, der) => verify('sha256', text, keyObject(publicKey), der),
  };
}
