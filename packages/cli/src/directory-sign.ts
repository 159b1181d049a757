// `sealwire directory key`, `sign` and `publish`: what the holders of root keys do, and how it gets into force.
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  checkRoot,
  directoryKeyId,
  everybodyReads,
  fileSource,
  linesOf,
  ownerOnly,
  peekedLine,
  readPassphrase,
  signRoot,
  verifyLines,
  writeNewFile,
  writePrivateKeyFile,
} from '@sealwire/identity';
import { readPolicy } from '@sealwire/policy';
import { newSecret } from './init-identities.js';
import { besideKey, documentSigner, examples, withRealm, type OperatorOptions } from './operator.js';
import { print, type OutputOptions, type Streams } from './output.js';
import { describedRoot, readRootLine, rootLines, writeRootLine } from './root-file.js';

interface KeyOptions extends OutputOptions {
  readonly passphrase?: string;
}

interface SignOptions extends OutputOptions {
  readonly key: string;
  readonly passphrase?: string;
}

export function addDirectorySign(directory: Command, streams: Streams): void {
  directory
    .command('key')
    .summary('make a root key or an issuer key')
    .description(
      'Makes an encrypted private key for a root holder or an issuer, on the machine where it stays, and prints its public key. A passphrase of 256 random bits is made beside it where there is none.',
    )
    .argument('<file>', 'the new key file, such as root-key.pem')
    .option('--passphrase <file>', 'its passphrase (default: the file "passphrase" beside the key)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('sealwire directory key /media/usb/root-a/root-key.pem'))
    .action((file: string, options: KeyOptions) => {
      const secret = options.passphrase ?? besideKey(file);
      if (!existsSync(secret)) writeNewFile(secret, `${newSecret()}\n`, ownerOnly);
      const scalar = primitives.generatePrivateKey();
      const { publicKey } = primitives.signingKey(scalar);
      writePrivateKeyFile(file, { scalar, publicKey }, readPassphrase({ file: secret }));
      scalar.fill(0);
      const text = publicKey.toString('base64url');
      const shown = file.replace(/\.pem$/, '');
      writeNewFile(`${shown}.pub`, `${text}\n`, everybodyReads);
      const id = directoryKeyId(publicKey);
      print(streams, options, { file, publicKey: text, keyId: id, passphrase: secret }, [
        `Made ${file}, encrypted under ${secret}: keep the two apart.`,
        `Key id      ${id}`,
        `Public key  ${text}`,
      ]);
    });
  directory
    .command('sign')
    .summary('sign a root document with a root key')
    .description(
      'Shows a root document and adds one holder’s signature to it, on the machine where the root key is; nothing else is needed there. What is signed is what is shown: read it first.',
    )
    .argument('<file>', 'the root document; it is replaced')
    .requiredOption('--key <file>', 'the root key')
    .option('--passphrase <file>', 'its passphrase (default: the file "passphrase" beside the key)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('sealwire directory sign root.json --key /media/usb/root-a/root-key.pem'))
    .action(async (file: string, options: SignOptions) => {
      const line = readRootLine(file);
      const before = describedRoot(line);
      const signer = documentSigner(options.key, options.passphrase ?? besideKey(options.key));
      const signed = await signRoot(line, signer);
      writeRootLine(file, signed, true);
      const shown = describedRoot(signed);
      const by = directoryKeyId(signer.publicKey);
      print(streams, options, { file, by, root: shown }, [
        ...rootLines(shown),
        `Signed by ${by}: ${shown.signedBy.length} signature${shown.signedBy.length === 1 ? '' : 's'} now${before.signedBy.includes(by) ? ' (this one was there before)' : ''}.`,
        'Next: the other holders, or "sealwire directory publish".',
      ]);
    });
  withRealm(
    directory
      .command('publish')
      .summary('put a signed root document into force')
      .description(
        'Checks a root document as every receiver will, and adds it to the directory. Of a new realm it makes the directory.',
      )
      .argument('<file>', 'the signed root document'),
  )
    .addHelpText('after', examples('sealwire directory publish root.json'))
    .action(async (file: string, options: OperatorOptions) => {
      const line = readRootLine(file);
      peekedLine(file, line);
      const policy = readPolicy(options.policy);
      const target = options.directory ?? policy.directory.file;
      const shown = describedRoot(line);
      if (existsSync(target)) {
        const pin = { ...policy.directory, realm: policy.realm };
        // Expired is no obstacle: this may be what cures it.
        const { directory: before } = verifyLines(linesOf(readFileSync(target)), {
          ...pin,
          name: target,
          primitives,
          graceMs: Infinity,
        });
        checkRoot(line, before.set.root, primitives);
      } else {
        checkRoot(line, null, primitives);
        verifyLines([line], { ...policy.directory, realm: policy.realm, name: file, primitives });
      }
      await fileSource({ file: target }).publish!(line);
      print(streams, options, { directory: target, root: shown }, [
        ...rootLines(shown),
        `In force: root document ${shown.serial} in ${target}.`,
      ]);
    });
}
