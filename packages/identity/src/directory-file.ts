// The file around a directory: the payload's exact bytes, and who signed them.
import { readFileSync } from 'node:fs';
import { KeyError } from '@sealwire/core';
import { keyId, type Primitives, type SigningKey } from '@sealwire/crypto';
import { checkDocument } from './check-document.js';
import { documentJson, parseDocument, type DirectoryDocument } from './directory-document.js';
import { signedBytes } from './directory-signature.js';
import { DocumentValue } from './document-value.js';

const maxPayloadBytes = 16 * 1024 * 1024;
const maxFileBytes = 24 * 1024 * 1024;
const maxSignatures = 16;

/**
 * Makes the text of a signed directory file.
 * @param root whose public key the policies of its readers pin
 * @throws KeyError ERR_KEY_DIRECTORY where its own readers would refuse the document
 */
export function signDirectory(document: DirectoryDocument, root: SigningKey, primitives: Primitives): string {
  const payload = Buffer.from(documentJson(document));
  const signature = root.sign(signedBytes(payload));
  const text = JSON.stringify({
    payload: payload.toString('base64'),
    signatures: [
      { keyId: rootKeyId(root.publicKey).toString('hex'), signature: signature.toString('base64') },
    ],
  });
  verifyDirectory('the new directory', Buffer.from(text), root.publicKey, primitives);
  return `${text}\n`;
}

/** Reads and verifies a directory file. @throws KeyError ERR_KEY_DIRECTORY */
export function readDirectoryFile(file: string, rootKey: Buffer, primitives: Primitives): DirectoryDocument {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new KeyError(
      'ERR_KEY_DIRECTORY',
      `${file}: cannot be read (${codeOf(error)}); check directory.file in sealwire.yaml, or make it with "sealwire init".`,
    );
  }
  return verifyDirectory(file, bytes, rootKey, primitives);
}

/**
 * Judges the bytes of a directory file. The payload is parsed only once the root's signature over it holds.
 * Signatures by other keys are no reason to refuse: they may be of a root that is to come.
 */
export function verifyDirectory(
  file: string,
  bytes: Buffer,
  rootKey: Buffer,
  primitives: Primitives,
): DirectoryDocument {
  const root = primitives.verifyKey(rootKey);
  if (root === null)
    throw new KeyError(
      'ERR_KEY_DIRECTORY',
      'The root key is no point of P-256; correct directory.root_key in sealwire.yaml.',
    );
  if (bytes.length > maxFileBytes) new DocumentValue(file, '', null).fail('is larger than 24 MiB.');
  const outer = new DocumentValue(file, '', jsonOf(file, bytes)).object(['payload', 'signatures']);
  const payload = outer.payload.bytes('base64', 2, maxPayloadBytes);
  const rootId = rootKeyId(rootKey);
  const signatures = outer.signatures.list(maxSignatures).map((entry) => {
    const fields = entry.object(['keyId', 'signature']);
    return { keyId: fields.keyId.bytes('hex', 16), signature: fields.signature.bytes('base64', 64) };
  });
  const ours = signatures.filter((entry) => entry.keyId.equals(rootId));
  const [first] = ours;
  if (first === undefined || ours.length > 1)
    return outer.signatures.fail(
      `must hold one signature by the root key of the policy (id ${rootId.toString('hex')}), and holds ${ours.length}; check directory.root_key in sealwire.yaml, or fetch the directory again.`,
    );
  if (!root.verify(signedBytes(payload), first.signature))
    return outer.signatures.fail(
      'the signature of the root does not verify: the file was changed or is of another root; fetch it again.',
    );

  const document = parseDocument(`${file} (payload)`, payloadJson(file, payload));
  checkDocument(`${file} (payload)`, document, rootKey, primitives);
  return document;
}

/** Refuses what two parsers could read differently: double keys, odd escapes, bytes that are not UTF-8. */
function payloadJson(file: string, payload: Buffer): unknown {
  const json = jsonOf(`${file} (payload)`, payload);
  if (!Buffer.from(JSON.stringify(json)).equals(payload))
    new DocumentValue(file, 'payload', null).fail(
      'must be JSON without white space, double keys or needless escapes, as JSON.stringify writes it; sign it again.',
    );
  return json;
}

function jsonOf(file: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    // The parser's own message quotes the text.
    return new DocumentValue(file, '', null).fail('is not JSON; fetch or make the file again.');
  }
}

function rootKeyId(rootKey: Buffer): Buffer {
  return keyId('directory', 1, rootKey);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
