// `sealwire keys export-public`: public keys in the forms that are taken everywhere here.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import type { ListedKey } from '@sealwire/identity';
import { examples, inRealm, withRealm, type OperatorOptions } from './operator.js';
import { print, type Streams } from './output.js';
import { jwkOf } from './public-point.js';

interface Options extends OperatorOptions {
  readonly format: string;
}

export function addKeysExportPublic(keys: Command, streams: Streams): void {
  withRealm(
    keys
      .command('export-public')
      .summary('print public keys')
      .description('Prints public keys that the directory lists: points of P-256 (65 bytes), or JWK.')
      .argument('<which>', 'an agent or group, or a key id (32 hex digits)')
      .option('--format <format>', 'base64url, hex or jwk', 'base64url'),
  )
    .addHelpText(
      'after',
      examples(
        'sealwire keys export-public orchestrator',
        'sealwire keys export-public orchestrator --format jwk --json',
      ),
    )
    .action((which: string, options: Options) =>
      inRealm(options, ({ directory }) => {
        const { format } = options;
        if (format !== 'base64url' && format !== 'hex' && format !== 'jwk')
          throw new UsageError('ERR_USAGE_ARGUMENT', '--format must be base64url, hex or jwk.');
        const chosen = [...directory.set.documents.values()]
          .flatMap(({ entries }) => entries.flatMap((entry) => entry.keys))
          .filter((key) => key.owner === which || key.keyId.toString('hex') === which.toLowerCase());
        if (chosen.length === 0)
          throw new UsageError(
            'ERR_USAGE_ARGUMENT',
            `The directory has no ${which}; see "sealwire keys list".`,
          );
        const textOf = ({ publicKey, purpose, keyId }: ListedKey) =>
          format === 'jwk'
            ? { ...jwkOf(publicKey, purpose === 'sealing' ? 'enc' : 'sig'), kid: keyId.toString('hex') }
            : publicKey.toString(format);
        const listed = chosen.map((key) => ({
          name: key.owner,
          keyId: key.keyId.toString('hex'),
          purpose: key.purpose,
          publicKey: textOf(key),
        }));
        print(
          streams,
          options,
          { keys: listed },
          listed.map(({ publicKey }) =>
            typeof publicKey === 'string' ? publicKey : JSON.stringify(publicKey),
          ),
        );
        return Promise.resolve();
      }),
    );
}
