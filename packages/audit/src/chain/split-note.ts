// Takes a signed note apart: its text, and the one signature under it.
import { keyHashBytes, noteSeparator } from './signed-note.js';

export interface SignedText {
  /** What the signature covers, as ASCII. */
  readonly text: string;
  /** Who says to have signed. */
  readonly agent: string;
  readonly keyHash: Buffer;
  /** DER; not verified. */
  readonly signature: Buffer;
}

/** @returns `null` where it has no such form. There may be other ways to write the same: whoever reads one writes it again, and compares. */
export function splitNote(note: string): SignedText | null {
  const at = note.indexOf(noteSeparator);
  if (at === -1) return null;
  const [text, last] = [note.slice(0, at), note.slice(at + noteSeparator.length)];
  const signed = /^([!-~]+) ([A-Za-z0-9+/]+={0,2})\n$/.exec(last);
  if (signed === null) return null;
  const bytes = Buffer.from(signed[2]!, 'base64');
  if (bytes.length <= keyHashBytes) return null;
  return {
    text,
    agent: agentOf(signed[1]!),
    keyHash: bytes.subarray(0, keyHashBytes),
    signature: bytes.subarray(keyHashBytes),
  };
}

const agentOf = (keyName: string): string => keyName.replaceAll('%2B', '+').replaceAll('%25', '%');
