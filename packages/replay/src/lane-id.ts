// Names a lane: the sequences that one stream of one instance of one sender counts.
import { createHash } from 'node:crypto';
import type { Session } from '@sealwire/core';

export interface LaneId {
  /** 12 bytes of a hash over sender, instance and stream, as a latin1 string (SPEC.md R-2). */
  readonly key: string;
  /** 8 bytes of a hash over the sender, as a latin1 string: what its limits are counted under. */
  readonly sender: string;
}

/** A hostile session may use every stream there is. */
const maxKept = 64;
const kept = new WeakMap<Session, Map<number, LaneId>>();

/** The same object for the same session and stream, as a rule: messages of a session share it as theirs share the session. */
export function laneId(session: Session, stream: number): LaneId {
  let streams = kept.get(session);
  if (streams === undefined) kept.set(session, (streams = new Map<number, LaneId>()));
  let id = streams.get(stream);
  if (id === undefined) {
    if (streams.size >= maxKept) streams.clear();
    id = makeLaneId(session.sender, session.instance, stream);
    streams.set(stream, id);
  }
  return id;
}

export function makeLaneId(sender: string, instance: Buffer, stream: number): LaneId {
  const name = Buffer.from(sender);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(name.length, 0);
  numbers.writeUInt32BE(stream, 4);
  const key = createHash('sha256').update('sealwire/v1/replay-lane').update(numbers.subarray(0, 4));
  key.update(name).update(instance).update(numbers.subarray(4));
  const tag = createHash('sha256').update('sealwire/v1/replay-sender').update(name);
  return { key: key.digest().toString('latin1', 0, 12), sender: tag.digest().toString('latin1', 0, 8) };
}
