// `sealwire keys revoke`: no message that is appended from a time on counts any more.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { revocation } from '@sealwire/identity';
import {
  entriesOf,
  examples,
  inRealm,
  iso,
  issue,
  issuerSigner,
  pointInTime,
  withIssuer,
  type IssuerOptions,
} from './operator.js';
import { print, type Streams } from './output.js';

interface Options extends IssuerOptions {
  readonly distrustFrom: string;
  readonly reason?: string;
}

export function addKeysRevoke(keys: Command, streams: Streams): void {
  withIssuer(
    keys
      .command('revoke')
      .summary('distrust the keys of an agent, or one key')
      .description(
        'Publishes a revocation. Messages that the broker appended at or after the time are refused everywhere within seconds; those before are accepted and marked. Nobody seals to a revoked sealing key any more, at once. An agent stays out until "sealwire keys rotate --force" or "sealwire keys new" lets it in again.',
      )
      .argument('<which>', 'an agent or group, or a key id (32 hex digits)')
      .option('--distrust-from <time>', 'when the key was no longer its owner’s alone', 'now')
      .option('--reason <text>', 'printable ASCII, 200 characters; everybody can read it'),
  )
    .addHelpText(
      'after',
      examples(
        'sealwire keys revoke researcher --distrust-from 2026-06-01T12:00:00Z --reason "laptop stolen"',
        'sealwire keys revoke 00112233445566778899aabbccddeeff',
      ),
    )
    .action((which: string, options: Options) =>
      inRealm(options, async (realm) => {
        const { reason = null } = options;
        if (reason !== null && !/^[\x20-\x7e]{1,200}$/.test(reason))
          throw new UsageError('ERR_USAGE_ARGUMENT', '--reason must be 1 to 200 printable ASCII characters.');
        const issuer = issuerSigner(options);
        const distrustFromMs = pointInTime('--distrust-from', options.distrustFrom);
        const { changes, keys: revoked } = revocation(entriesOf(realm, issuer), {
          which,
          distrustFromMs,
          reason,
        });
        const issued = await issue(realm, issuer, changes, options.valid);
        const listed = revoked.map(({ owner, keyId, purpose }) => ({
          name: owner,
          keyId: keyId.toString('hex'),
          purpose,
        }));
        print(streams, options, { keys: listed, distrustFrom: iso(distrustFromMs), ...issued }, [
          ...listed.map(({ name, keyId, purpose }) => `Revoked ${purpose} key ${keyId} of ${name}.`),
          `Messages from ${iso(distrustFromMs)} on are refused; published as document ${issued.serial}.`,
          `To let it in again with new keys: sealwire keys rotate --force ${listed[0]!.name}`,
        ]);
      }),
    );
}
