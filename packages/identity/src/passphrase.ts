// The passphrase of the private keys: from a file that only its owner reads, or from the environment.
import { KeyError } from '@sealwire/core';
import { readGuardedFile } from './guarded-file.js';

/** Where the passphrase is. */
export type PassphraseSource = { readonly file: string } | { readonly env: string };

/** OpenSSL takes no more. */
const maxBytes = 1024;

/**
 * Reads a passphrase. One line end at the end of a file does not belong to it.
 * @throws KeyError ERR_KEY_FILE; the message never holds the passphrase
 */
export function readPassphrase(
  source: PassphraseSource,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const [passphrase, place] =
    'file' in source
      ? [
          readGuardedFile(source.file, maxBytes + 2)
            .toString('utf8')
            .replace(/\r?\n$/, ''),
          source.file,
        ]
      : [env[source.env], `the environment variable ${source.env}`];
  if (passphrase === undefined || passphrase === '')
    throw new KeyError('ERR_KEY_FILE', `There is no passphrase in ${place}; put it there.`);
  if (Buffer.byteLength(passphrase) > maxBytes)
    throw new KeyError(
      'ERR_KEY_FILE',
      `The passphrase in ${place} is longer than ${maxBytes} bytes; shorten it.`,
    );
  return passphrase;
}
