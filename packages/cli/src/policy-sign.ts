// `sealwire policy sign` and `verify`: which policies agents accept, by keys that stand outside of the file.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { directoryKeyId, everybodyReads, replaceFile, writeNewFile } from '@sealwire/identity';
import {
  checkTrust,
  readPolicyFiles,
  readPolicySignatures,
  signatureFile,
  signPolicy,
  trustDemands,
  type PolicyTrust,
} from 'sealwire';
import { besideKey, collect, documentSigner, examples } from './operator.js';
import { print, type OutputOptions, type Streams } from './output.js';

interface SignOptions extends OutputOptions {
  readonly key: string;
  readonly passphrase?: string;
}

interface VerifyOptions extends OutputOptions {
  readonly key: readonly string[];
  readonly threshold?: string;
  readonly digest?: string;
}

export function addPolicySign(policy: Command, streams: Streams): void {
  policy
    .command('sign')
    .summary('sign a policy, with the files that are a part of it')
    .description(
      'Checks a policy and signs its digest: the file, the payload schemas and the root_key_file that it names. The signature is put into <file>.sig beside it, with those that others have made of the same. A key is made with "sealwire directory key".',
    )
    .argument('[file]', 'the policy', 'sealwire.yaml')
    .requiredOption('--key <file>', 'the private key')
    .option('--passphrase <file>', 'its passphrase (default: the file "passphrase" beside the key)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('sealwire policy sign sealwire.yaml --key /media/usb/policy-key.pem'))
    .action(async (file: string, options: SignOptions) => {
      const { template, files, digest } = readPolicyFiles(file);
      const signer = documentSigner(options.key, options.passphrase ?? besideKey(options.key));
      const path = signatureFile(file);
      const text = digest.toString('hex');
      const before = existsSync(path) ? readPolicySignatures(file) : null;
      const others = before?.digest === text ? before.signatures : [];
      const signed = await signPolicy(digest, signer, others);
      if (existsSync(path)) replaceFile(path, signed, everybodyReads);
      else writeNewFile(path, signed, everybodyReads);
      const by = directoryKeyId(signer.publicKey);
      const publicKey = signer.publicKey.toString('base64url');
      const count = new Set([...others.map(({ keyId }) => keyId), by]).size;
      print(
        streams,
        options,
        { file, signatures: path, digest: text, revision: template.revision, by, publicKey },
        [
          `Signed ${file}${files.size === 0 ? '' : ` and ${files.size} files that it names`} by ${by}: ${count} signature${count === 1 ? '' : 's'} in ${path}.`,
          `Digest      ${text}`,
          `Public key  ${publicKey}`,
        ],
      );
    });
  policy
    .command('verify')
    .summary('whether agents will accept a policy')
    .description(
      'Checks pinned digest and signatures as every agent does: by these options, and by SEALWIRE_POLICY_DIGEST, SEALWIRE_POLICY_KEYS and SEALWIRE_POLICY_THRESHOLD.',
    )
    .argument('[file]', 'the policy', 'sealwire.yaml')
    .option('--key <key>', 'a public key that is trusted; again for more', collect, [])
    .option('--threshold <count>', 'how many of the keys must have signed')
    .option('--digest <hex>', 'the digest that it must have')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('sealwire policy verify sealwire.yaml --key BGsX0…'))
    .action((file: string, options: VerifyOptions) => {
      const demands = trustDemands(trustOf(options));
      if (demands.length === 0)
        throw new UsageError(
          'ERR_USAGE_ARGUMENT',
          'Nothing says what to verify it by; give --key or --digest, or set SEALWIRE_POLICY_KEYS.',
        );
      const { template, digest } = readPolicyFiles(file);
      const signedBy = checkTrust(demands, file, digest).map((key) =>
        directoryKeyId(Buffer.from(key, 'base64url')),
      );
      const text = digest.toString('hex');
      print(streams, options, { file, digest: text, revision: template.revision, signedBy }, [
        `${file} is accepted${signedBy.length === 0 ? '' : `: signed by ${signedBy.join(', ')}`}.`,
        `Digest  ${text}`,
      ]);
    });
}

function trustOf({ key, threshold, digest }: VerifyOptions): PolicyTrust | undefined {
  if (key.length === 0 && threshold === undefined && digest === undefined) return undefined;
  return {
    ...(key.length === 0 ? {} : { keys: key }),
    ...(threshold === undefined ? {} : { threshold: Number(threshold) }),
    ...(digest === undefined ? {} : { digest }),
  };
}
