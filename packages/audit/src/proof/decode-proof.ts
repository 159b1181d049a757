// Reads a proof’s file, which anybody may have written (PROOF.md §1).
import { proofLimits, type AuditProof, type BareSignature, type SealedMessageParts } from './audit-proof.js';
import { checksumOf, encodeProof, proofFormat, unsetChecksum } from './encode-proof.js';
import { malformed, ProofFields } from './proof-fields.js';

/** More than a session, a header or a Proof record may have (envelope SPEC §10). */
const maxPartBytes = 64 * 1024;

/**
 * Reads and bounds it; nothing in it is verified.
 * @throws FormatError ERR_FORMAT_PROOF where it breaks P-1, P-2 or P-3
 */
export function decodeProof(bytes: Buffer): AuditProof {
  if (bytes.length > proofLimits.fileBytes) malformed('it is larger than 32 MiB');
  const fields = new ProofFields(parsed(bytes), 'it');
  if (fields.value('format') !== proofFormat) malformed(`its format is not ${proofFormat}`);
  const directory = fields.object('directory');
  const proof: AuditProof = {
    realm: fields.hex('realm', 16),
    rootSerial: directory.integer('root'),
    issuerSerials: serialsOf(directory.object('issuers')),
    messageHash: fields.hex('messageHash', 32),
    message: fields.value('message') === null ? null : messageOf(fields.object('message')),
    events: fields.list('events', proofLimits.events, (one) => ({
      event: one.text('event', /^\{[ -~]*\}$/, proofLimits.eventCharacters),
      checkpoint: one.integer('checkpoint', proofLimits.events - 1),
      path: one.base64('path', proofLimits.pathBytes),
    })),
    checkpoints: fields.list('checkpoints', proofLimits.events, (one) => ({
      atMs: one.timeMs('at'),
      note: one.text('note', /^[^]+$/, proofLimits.noteCharacters),
    })),
  };
  requireOrder(proof);
  // Members twice, more of them, in another order, numbers or texts spelt otherwise: nothing has two forms.
  if (encodeProof(proof).equals(bytes)) return proof;
  const checksum = fields.hex('checksum', 32).toString('hex');
  return malformed(
    checksumOf(bytes.toString('utf8').replace(checksum, unsetChecksum)) === checksum
      ? 'it is spelt otherwise'
      : 'its checksum is another: it was damaged or changed',
  );
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return malformed('it is not JSON in UTF-8');
  }
}

function serialsOf(issuers: ProofFields): Map<string, number> {
  const { names } = issuers;
  if (names.length > proofLimits.issuers) malformed('it names too many issuers');
  if (names.some((id) => !/^[0-9a-f]{32}$/.test(id))) malformed('an issuer’s id is not of its form');
  return new Map(names.map((id) => [id, issuers.integer(id)]));
}

function messageOf(fields: ProofFields): BareSignature | SealedMessageParts {
  const mac = fields.hex('mac', 0, 32);
  const proof = fields.base64('proof', maxPartBytes);
  if (!fields.has('session'))
    return {
      suite: fields.integer('suite', 0xffff),
      senderKeyId: fields.hex('senderKeyId', 16),
      contentHash: fields.hex('contentHash', 32),
      mac,
      proof,
    };
  return {
    session: fields.base64('session', maxPartBytes),
    header: fields.base64('header', maxPartBytes),
    body: fields.base64('body', proofLimits.fileBytes),
    keyHash: fields.hex('keyHash', 32),
    mac,
    proof,
  };
}

/** Each checkpoint is named, in this order, and none is there twice (P-3). */
function requireOrder({ events, checkpoints }: AuditProof): void {
  const named = [...new Set(events.map(({ checkpoint }) => checkpoint))];
  if (named.length !== checkpoints.length || named.some((checkpoint, place) => checkpoint !== place))
    malformed('its events and checkpoints do not go together');
  if (new Set(checkpoints.map(({ note }) => note)).size !== checkpoints.length)
    malformed('a checkpoint is there twice');
}
