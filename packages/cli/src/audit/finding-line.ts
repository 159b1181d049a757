// One finding of a verifier, for people.
import type { Finding, FindingKind, Place } from '@sealwire/audit';

/** What to do about each kind. */
export const advice: Readonly<Record<FindingKind, string>> = {
  altered:
    'Somebody who can write where the trail is kept changed it. Compare with another copy (a SIEM’s, the spool), and find out who can write there.',
  missing:
    'Somebody removed it, or the trail that was read is not whole. Read the topic itself, from its beginning; then find out who can delete there.',
  reordered:
    'The trail was put together anew, or events of one chain lie in several partitions. Read the topic itself.',
  duplicated:
    'Somebody wrote a copy of an event, unless the next checkpoint says that its writer may have. It changes nothing of what happened; find out who can write there.',
  inserted:
    'Do not believe it. Find out who can write there: only agents may write to the audit topic. Where it is a new agent’s, get the newest directory.',
  fork: 'A spool was used twice (restored from a copy, or by two hosts), or somebody has the writer’s key. If nobody restored it, revoke the key.',
  gap: 'Events are gone before they came to the trail: see the writer’s log for a damaged spool, or `when_full: drop`.',
  checkpoint:
    'Get the newest directory. If the key is listed and was good then, somebody changed the checkpoint or made it: see who can write there.',
  lost_end:
    'Somebody removed a chain’s end or all of it, or its process wrote it anew. See that host’s spool, and who can delete there. Where these are some writers’ events only, give --part.',
  unfinished: 'Verify again later: a running agent makes a checkpoint each minute, and one when it ends.',
  beginning: 'Nothing, if retention is that short or --since was given.',
  limit: 'Verify less at once.',
};

/** `audit[0]@17`, or `line 3`. */
export function placeText(name: string, { partition, offset, line }: Place): string {
  return line === undefined ? `${name}[${partition ?? '?'}]@${offset ?? '?'}` : `${name}:${line}`;
}

export function findingLine(name: string, { kind, chain, writer, first, last, place, why }: Finding): string {
  const which =
    chain === null
      ? ''
      : ` chain ${chain}${writer === null || writer === '' ? '' : ` of ${writer}`}${first === null ? '' : `, ${first === last ? `event ${first}` : `events ${first} to ${last}`}`}`;
  const where = place === null ? '' : ` (at ${placeText(name, place)})`;
  return `${kind.replace('_', ' ').toUpperCase()}${which}: ${why}${where}`;
}
