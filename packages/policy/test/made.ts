// Policies and errors for the tests of this package.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SealwireError, type Directory } from '@sealwire/core';

export const realm = '00112233445566778899aabbccddeeff';
export const rootKey =
  'BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU';

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sealwire-policy-'));
}

/** The smallest whole policy, but for its channels. */
export const head = `version: 1
realm: '${realm}'
directory: { file: directory.json, root_key: ${rootKey} }
keys: { folder: keys, passphrase_file: secrets/passphrase }
`;

export const oneChannel = `channels:
  news:
    kafka: { topics: [news] }
    messages:
      - { type: item, from: [alice], to: [team], content_type: application/json }
`;

export const least = `${head}${oneChannel}`;

export function policyFile(text: string | Buffer): string {
  const file = join(newFolder(), 'sealwire.yaml');
  writeFileSync(file, text);
  return file;
}

/** The SealwireError that a call throws; anything else fails the test. */
export function thrown(call: () => unknown): SealwireError {
  try {
    call();
  } catch (error) {
    if (error instanceof SealwireError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The problems in a policy's text, each without the file's name. */
export function problems(call: (file: string) => unknown, text: string | Buffer): string[] {
  const file = policyFile(text);
  const error = thrown(() => call(file));
  if (error.code !== 'ERR_USAGE_POLICY') throw error;
  const [first, ...lines] = error.message.split('\n');
  if (!/ has (one problem|\d+ problems):$/.test(first!)) throw new Error(first);
  return lines.map((line) => line.replace(`${file}:`, ''));
}

/** A directory of these agents and groups, as far as policies ask one. */
export function directory(
  agents: readonly string[],
  groups: Readonly<Record<string, readonly string[]>>,
): Directory {
  return {
    realm: Buffer.from(realm, 'hex'),
    version: 1,
    signingKey: () => null,
    sealingKey: () => null,
    sealingKeyById: () => null,
    isMember: (agent, group) => groups[group]?.includes(agent) ?? false,
    has: (name) => agents.includes(name) || name in groups,
  };
}
