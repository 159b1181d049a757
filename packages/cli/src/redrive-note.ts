// What operators note for each other about a message that is re-driven: before it is sent, and after.
import type { HeaderField, Redriver, Received } from '@sealwire/core';
import { iso } from './operator.js';

/** `sending` comes before the carrier is sent, `sent` after. */
export type RedriveStep = 'sending' | 'sent';

export interface RedriveNote {
  readonly step: RedriveStep;
  /** Hex; see `RedriveReady`. */
  readonly identity: string;
  /** The id of the quarantined record. */
  readonly record: string;
  readonly atMs: number;
  /** Verified. */
  readonly by: string;
}

const maxBytes = 4096;
const keyHeader = 'sealwire-note-key';
const signatureHeader = 'sealwire-note-signature';

/** A signed note, as it is kept. */
export async function writeNote(
  redriver: Redriver,
  { step, identity, record, atMs }: Omit<RedriveNote, 'by'>,
): Promise<{ readonly value: Buffer; readonly headers: readonly HeaderField[] }> {
  const value = Buffer.from(JSON.stringify({ redrive: step, identity, record, at: iso(atMs) }));
  const { keyId, signature } = await redriver.sign(value);
  return {
    value,
    headers: [
      { name: keyHeader, values: [Buffer.from(keyId.toString('hex'))] },
      { name: signatureHeader, values: [Buffer.from(signature.toString('hex'))] },
    ],
  };
}

/** Whether it has the form of a note: who wrote it is not looked at. */
export function isNote({ headers }: Pick<Received, 'headers'>): boolean {
  return headers.some(({ name }) => name === signatureHeader);
}

/** @returns `null` for what no operator of ours has signed: anybody could keep a message from being re-driven with it */
export function readNote(
  redriver: Redriver,
  { value, headers }: Pick<Received, 'value' | 'headers'>,
): RedriveNote | null {
  if (value === null || value.length > maxBytes) return null;
  const hex = (name: string): Buffer =>
    Buffer.from(headers.find((header) => header.name === name)?.values[0]?.toString() ?? '', 'hex');
  const by = redriver.signedBy(value, hex(keyHeader), hex(signatureHeader));
  if (by === null) return null;
  const { redrive: step, identity, record, at } = JSON.parse(value.toString()) as Record<string, string>;
  const atMs = Date.parse(at ?? '');
  if (
    (step !== 'sending' && step !== 'sent') ||
    identity === undefined ||
    record === undefined ||
    Number.isNaN(atMs)
  )
    return null;
  return { step, identity, record, atMs, by };
}
