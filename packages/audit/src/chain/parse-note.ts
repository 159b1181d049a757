// Reads a checkpoint’s signed note back, in the one form that it may have.
import {
  checkpointPrefix,
  checkpointText,
  isCheckpoint,
  maxSeen,
  type Checkpoint,
  type SeenChain,
} from './checkpoint-text.js';
import { keyHashBytes, noteSeparator, signedNote } from './signed-note.js';

export interface ParsedNote extends Checkpoint {
  /** What the signature covers, as ASCII. */
  readonly text: string;
  /** Who says to have signed. */
  readonly agent: string;
  readonly keyHash: Buffer;
  /** DER; not verified. */
  readonly signature: Buffer;
}

/** More than any that is written. */
const maxNoteCharacters = 8_000;
const headLines = 4;

/**
 * @returns `null` where the note is not exactly as `signedNote` over `checkpointText` writes it, with one signature.
 * Nothing is verified.
 */
export function parseNote(note: string): ParsedNote | null {
  if (note.length > maxNoteCharacters) return null;
  const at = note.indexOf(noteSeparator);
  if (at === -1) return null;
  const [text, last] = [note.slice(0, at), note.slice(at + noteSeparator.length)];
  const checkpoint = parseText(text);
  const signed = /^([!-~]+) ([A-Za-z0-9+/]+={0,2})\n$/.exec(last);
  if (checkpoint === null || signed === null) return null;
  const agent = agentOf(signed[1]!);
  const bytes = Buffer.from(signed[2]!, 'base64');
  if (bytes.length <= keyHashBytes) return null;
  const [keyHash, signature] = [bytes.subarray(0, keyHashBytes), bytes.subarray(keyHashBytes)];
  // Numbers with leading zeros, base64 with bits to spare, names that are written otherwise: no note has two forms.
  if (signedNote(checkpointText(checkpoint), agent, keyHash, signature) !== note) return null;
  return { ...checkpoint, text, agent, keyHash, signature };
}

function parseText(text: string): Checkpoint | null {
  const lines = text.split('\n', headLines + maxSeen + 2);
  const [origin = '', size = '', root = '', key = '', ...more] = lines;
  if (!origin.startsWith(checkpointPrefix) || !key.startsWith('key ')) return null;
  const [chain = '', first = ''] = origin.slice(checkpointPrefix.length).split('/');
  const checkpoint = {
    chain,
    first: numberOf(first),
    size: numberOf(size),
    root: Buffer.from(root, 'base64').toString('latin1'),
    keyId: key.slice('key '.length),
    // The last is what stands behind the last newline: nothing.
    seen: more.slice(0, -1).map(seenOf),
  };
  return isCheckpoint(checkpoint) ? checkpoint : null;
}

const numberOf = (text: string): number => (/^\d{1,16}$/.test(text) ? Number(text) : NaN);

function seenOf(line: string): SeenChain {
  const [, chain = '', sequence = '', leafHash = ''] = line.split(' ');
  return { chain, sequence: numberOf(sequence), leafHash };
}

const agentOf = (keyName: string): string => keyName.replaceAll('%2B', '+').replaceAll('%25', '%');
