// A policy and the files whose content is a part of it, each read once: what is checked is what is used.
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, relative, sep } from 'node:path';
import { UsageError } from '@sealwire/core';
import { checkTrust, type TrustDemand } from './policy-trust.js';
import { parsePolicy, readPolicyBytes, type PolicyTemplate } from '@sealwire/policy';

export interface PolicyFiles {
  readonly template: PolicyTemplate;
  /** Of `template.namedFiles`, those that can be read. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Names all of it. */
  readonly digest: Buffer;
  /** Trusted keys that have signed it. */
  readonly signedBy: readonly string[];
}

/**
 * @param demands what must hold of it, by the process and not by itself
 * @throws UsageError ERR_USAGE_FILE, ERR_USAGE_POLICY, ERR_USAGE_SIGNATURE
 */
export function readPolicyFiles(file: string, demands: readonly TrustDemand[] = []): PolicyFiles {
  const files = new Map<string, Buffer>();
  const read = (path: string): Buffer => {
    const bytes = files.get(path) ?? readFileSync(path);
    files.set(path, bytes);
    return bytes;
  };
  const template = parsePolicy(file, readPolicyBytes(file), read);
  for (const path of template.namedFiles) {
    try {
      read(path);
    } catch (error) {
      throw new UsageError(
        'ERR_USAGE_FILE',
        `${path}, which ${file} names, cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}); correct the path.`,
      );
    }
  }
  const digest = policyDigest(template, files);
  return { template, files, digest, signedBy: checkTrust(demands, file, digest) };
}

const label = 'sealwire/v1/policy';

/**
 * SHA-256 over the policy and the hashes of the files that are a part of it (README.md, “Signed policies”): the same wherever the folder
 * lies. What is renewed by itself is not in it: directory, keys, certificates, revocation lists, secrets.
 */
export function policyDigest(
  { file, bytes, namedFiles }: PolicyTemplate,
  files: ReadonlyMap<string, Buffer>,
): Buffer {
  const hash = createHash('sha256').update(label);
  const part = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  part(bytes);
  for (const { name, path } of namedFiles
    .map((path) => ({ name: nameFrom(file, path), path }))
    .sort(byName)) {
    part(Buffer.from(name));
    part(createHash('sha256').update(files.get(path)!).digest());
  }
  return hash.digest();
}

const nameFrom = (file: string, path: string): string => relative(dirname(file), path).split(sep).join('/');
const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
