// Reads the operators’ notes of a broker that keeps them in a queue of their own.
import { SealwireError, type Received } from '@sealwire/core';
import type { QuarantineOptions, QuarantinePlace } from './quarantine-options.js';
import { readQuarantine } from './read-quarantine.js';
import type { RedriveNote } from './redrive-note.js';

export async function readNotes(
  options: QuarantineOptions,
  place: QuarantinePlace,
  queue: string,
  read: (kept: Received) => RedriveNote | null,
): Promise<RedriveNote[]> {
  const notes: RedriveNote[] = [];
  try {
    await readQuarantine(options, { ...place, name: queue }, ({ kept }) => {
      const note = read(kept);
      if (note !== null) notes.push(note);
      return true;
    });
  } catch (error) {
    // The first note makes the queue.
    if (!(error instanceof SealwireError) || error.code !== 'ERR_USAGE_RECORD') throw error;
  }
  return notes;
}
