// Reads a secret that the policy names: a file that only its owner reads, or an environment variable.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { SecretSource } from './policy.js';

/** A reason why a file or secret cannot be used, in words for the user; whoever asked gives it its code. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
  /** Where the reason has a code of its own. */
  readonly code: 'ERR_USAGE_TLS_CRL' | null;

  constructor(message: string, code: 'ERR_USAGE_TLS_CRL' | null = null) {
    super(message);
    this.code = code;
  }
}

const maxSecretBytes = 1024;

/** One line end at the end of a file does not belong to the secret. @throws Unusable, which never holds the secret */
export function readSecret(source: SecretSource, env: Readonly<Record<string, string | undefined>>): string {
  const [secret, place] =
    'file' in source
      ? [readOwnerOnly(source.file, maxSecretBytes + 2).replace(/\r?\n$/, ''), source.file]
      : [env[source.env], `the environment variable ${source.env}`];
  if (secret === undefined || secret === '')
    throw new Unusable(`There is no password in ${place}; put it there.`);
  if (/[\x00-\x1f\x7f]/.test(secret) || Buffer.byteLength(secret) > maxSecretBytes)
    throw new Unusable(
      `The password in ${place} is not one line of at most ${maxSecretBytes} bytes; correct it.`,
    );
  return secret;
}

/** Permissions are judged on the open file, so it cannot be exchanged in between. @throws Unusable */
export function readOwnerOnly(file: string, maxBytes: number): string {
  return readOwnerOnlyBytes(file, maxBytes).toString('utf8');
}

/** As `readOwnerOnly`, for what is no text. @throws Unusable */
export function readOwnerOnlyBytes(file: string, maxBytes: number): Buffer {
  return read(file, maxBytes, (mode) => {
    // Windows has no such bits; its access lists are the administrator's task.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new Unusable(
        `${file} can be read or written by others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 '${file.replaceAll("'", "'\\''")}'`,
      );
  });
}

/** @throws Unusable */
export function readPublic(file: string, maxBytes: number): string {
  return read(file, maxBytes, () => undefined).toString('utf8');
}

function read(file: string, maxBytes: number, judgeMode: (mode: number) => void): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new Unusable(
      `${file} cannot be read (${reason}); check the path in sealwire.yaml and the file's owner.`,
    );
  }
  try {
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw new Unusable(`${file} is not a file; name the file itself.`);
    judgeMode(facts.mode);
    if (facts.size > maxBytes)
      throw new Unusable(`${file} is larger than ${maxBytes} bytes; it is not what belongs there.`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
