// Reads a checkpoint’s signed note back, in the one form that it may have.
import {
  checkpointPrefix,
  checkpointText,
  isCheckpoint,
  maxSeen,
  type Checkpoint,
  type SeenChain,
} from './checkpoint-text.js';
import { signedNote } from './signed-note.js';
import { splitNote, type SignedText } from './split-note.js';

export interface ParsedNote extends Checkpoint, SignedText {}

/** More than any that is written. */
const maxNoteCharacters = 8_000;
const headLines = 4;

/**
 * @returns `null` where the note is not exactly as `signedNote` over `checkpointText` writes it, with one signature.
 * Nothing is verified.
 */
export function parseNote(note: string): ParsedNote | null {
  if (note.length > maxNoteCharacters) return null;
  const signed = splitNote(note);
  if (signed === null) return null;
  const { text, agent, keyHash, signature } = signed;
  const checkpoint = parseText(text);
  if (checkpoint === null) return null;
  // Numbers with leading zeros, base64 with bits to spare, names that are written otherwise: no note has two forms.
  if (signedNote(checkpointText(checkpoint), agent, keyHash, signature) !== note) return null;
  return { ...checkpoint, text, agent, keyHash, signature };
}

function parseText(text: string): Checkpoint | null {
  const lines = text.split('\n', headLines + 1 + maxSeen + 2);
  const [origin = '', size = '', root = '', key = '', ...more] = lines;
  if (!origin.startsWith(checkpointPrefix) || !key.startsWith('key ')) return null;
  const [chain = '', first = ''] = origin.slice(checkpointPrefix.length).split('/');
  const again = more[0] === 'again';
  const checkpoint = {
    chain,
    first: numberOf(first),
    size: numberOf(size),
    root: Buffer.from(root, 'base64').toString('latin1'),
    keyId: key.slice('key '.length),
    again,
    // The last is what stands behind the last newline: nothing.
    seen: more.slice(again ? 1 : 0, -1).map(seenOf),
  };
  return isCheckpoint(checkpoint) ? checkpoint : null;
}

const numberOf = (text: string): number => (/^\d{1,16}$/.test(text) ? Number(text) : NaN);

function seenOf(line: string): SeenChain {
  const [, chain = '', sequence = '', leafHash = ''] = line.split(' ');
  return { chain, sequence: numberOf(sequence), leafHash };
}
