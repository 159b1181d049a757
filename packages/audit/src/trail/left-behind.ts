// What a spool holds when it is opened: messages whose outcome nobody knows, and events that are not published.
import type { Spool } from '../spool/spool.js';
import { decodeEntry, type SealedPart } from './entry.js';

export interface LeftBehind {
  /** Parts of sealed entries that have no outcome. */
  readonly unfinished: readonly SealedPart[];
  /** How many events frames from `published` on stand for, those of `unfinished` not counted. */
  readonly events: number;
}

/** Reads all of it once. @param published the first frame that is not published */
export function leftBehind(spool: Spool, published: number): LeftBehind {
  const open = new Map<number, Uint8Array>();
  let events = 0;
  const cursor = spool.cursor(spool.released);
  for (;;) {
    const frames = cursor.read(spool.next);
    if (frames.length === 0) break;
    for (const { number, payload } of frames) {
      const entry = decodeEntry(payload);
      if (entry.kind === 'events') {
        if (number >= published) events += entry.events.length;
      } else if (entry.kind === 'sealed') {
        const was = entry.was === undefined ? undefined : open.get(entry.was);
        if (entry.was !== undefined) open.delete(entry.was);
        open.set(number, was ?? new Uint8Array(entry.events.length));
      } else
        for (const { frame, from, to } of entry.parts) {
          const done = open.get(frame);
          done?.fill(1, from, to);
          if (done?.includes(0) === false) open.delete(frame);
          if (number >= published) events += to - from;
        }
    }
  }
  cursor.close();
  return { unfinished: [...open].flatMap(([frame, done]) => gapsOf(frame, done)), events };
}

function gapsOf(frame: number, done: Uint8Array): SealedPart[] {
  const parts: SealedPart[] = [];
  for (let from = done.indexOf(0); from >= 0;) {
    const end = done.indexOf(1, from);
    const to = end < 0 ? done.length : end;
    parts.push({ frame, from, to });
    from = done.indexOf(0, to);
  }
  return parts;
}
