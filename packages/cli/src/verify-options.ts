// What `verify` is told: whom to trust, when to judge, how far clocks may differ, how large a message may be.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '@sealwire/core';
import type { Pin } from '@sealwire/identity';
import { readPolicy } from '@sealwire/policy';
import type { InputOptions } from './kept-record.js';
import type { OutputOptions } from './output.js';

export interface VerifyOptions extends OutputOptions, InputOptions {
  readonly directory: string;
  readonly policy?: string;
  readonly rootKey?: readonly string[];
  readonly threshold?: string;
  readonly asOf?: string;
  readonly skew?: string;
  readonly maxMessage?: string;
}

/** Whom to trust, and for which realm; `null`: the one that the root says. */
export type RealmPin = Pin & { readonly realm: Buffer | null };

/** As in a policy that says nothing else. */
export const defaultMaxMessageBytes = 1_048_576;

/** @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_POLICY */
export function trustOf(options: VerifyOptions): {
  readonly pin: RealmPin;
  readonly maxMessageBytes: number;
} {
  const { directory, policy, rootKey, threshold } = options;
  const given = maxMessageOf(options);
  if (rootKey === undefined) {
    const beside = join(dirname(directory), 'sealwire.yaml');
    if (policy === undefined && !existsSync(beside))
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `There is no ${beside} that says which root key to trust; give --policy or --root-key.`,
      );
    const read = readPolicy(policy ?? beside);
    const { rootKeys, threshold: needed } = read.directory;
    return {
      pin: { rootKeys, threshold: needed, realm: read.realm },
      maxMessageBytes: given ?? read.maxMessageBytes,
    };
  }
  if (policy !== undefined) throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either --policy or --root-key.');
  const needed = Number(threshold ?? 1);
  if (!Number.isInteger(needed) || needed < 1 || needed > rootKey.length)
    throw new UsageError('ERR_USAGE_ARGUMENT', '--threshold is a number from 1 to the number of root keys.');
  return {
    pin: { rootKeys: rootKey.map(publicKeyOf), threshold: needed, realm: null },
    maxMessageBytes: given ?? defaultMaxMessageBytes,
  };
}

function publicKeyOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length === 65 && bytes.toString('base64url') === text) return bytes;
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    '--root-key must be 65 bytes in base64url, as in directory.root_key.',
  );
}

function maxMessageOf({ maxMessage }: VerifyOptions): number | null {
  if (maxMessage === undefined) return null;
  if (/^[1-9]\d{0,8}$/.test(maxMessage)) return Number(maxMessage);
  throw new UsageError('ERR_USAGE_ARGUMENT', '--max-message is a number of bytes, below 1 GB.');
}

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function asOfMs({ asOf }: VerifyOptions): number | null {
  if (asOf === undefined) return null;
  const ms = Date.parse(asOf);
  if (Number.isFinite(ms)) return ms;
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    '--as-of must be an ISO 8601 date, such as 2026-01-15T12:00:00Z.',
  );
}

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function skewMsOf({ skew = '30' }: Pick<VerifyOptions, 'skew'>): number {
  if (/^\d{1,6}$/.test(skew)) return Number(skew) * 1000;
  throw new UsageError('ERR_USAGE_ARGUMENT', '--skew is a whole number of seconds.');
}
