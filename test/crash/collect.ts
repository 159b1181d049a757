// From the journals of all processes that ever lived to one history.
import type { Life } from './child.ts';
import type { Commit, Handling, Session } from './history.ts';
import type { Line } from './messages.ts';
import type { Handed } from './account-audit.ts';
import type { Acknowledgement } from './taken.ts';

export interface Collected {
  readonly attempted: Set<string>;
  readonly acknowledged: Set<string>;
  readonly failedSends: number;
  readonly sessions: Session[];
  readonly handlings: Handling[];
  readonly commits: Commit[];
  readonly handed: Handed[];
  /** RabbitMQ. */
  readonly given: Acknowledgement[];
  /** Of each worker’s life. */
  readonly pids: Map<string, number>;
  /** Ends at fault points, by point. */
  readonly points: Map<string, number>;
  readonly notes: Map<string, number>;
}

export function collect(journals: ReadonlyMap<string, readonly Line[]>, lives: readonly Life[]): Collected {
  const all: Collected & { failedSends: number } = {
    attempted: new Set(),
    acknowledged: new Set(),
    failedSends: 0,
    sessions: [],
    handlings: [],
    commits: [],
    handed: [],
    given: [],
    pids: new Map(),
    points: new Map(),
    notes: new Map(),
  };
  const ends = new Map(lives.map(({ name, endedAtMs }) => [name, endedAtMs]));
  for (const [name, lines] of journals) {
    const crash = lines.find((line) => line.t === 'crash');
    // The process knows best when it ended itself.
    const endOfLife = Math.min(crash?.at ?? Infinity, ends.get(name) ?? Infinity);
    if (crash?.t === 'crash') all.points.set(crash.point, (all.points.get(crash.point) ?? 0) + 1);
    const sessions = new Map<string, { name: string; startedAtMs: number; endedAtMs: number }>();
    const open = new Map<string, { doneAtMs: number | null }>();
    const handed: { id: string; hash: string }[] = [];
    const acknowledgedAtMs = new Map<string, number>();
    for (const line of lines) {
      switch (line.t) {
        case 'born':
          all.pids.set(name, line.pid);
          break;
        case 'attempt':
          for (const id of line.ids) all.attempted.add(id);
          break;
        case 'acknowledged':
          for (const id of line.ids) {
            all.acknowledged.add(id);
            acknowledgedAtMs.set(id, line.at);
          }
          break;
        case 'handed':
          for (const [id, hash] of line.messages) handed.push({ id, hash });
          break;
        case 'taken':
          for (const [tag, messageHash, recordHash] of line.deliveries)
            all.given.push({ name, tag, messageHash, recordHash });
          break;
        case 'failed':
          all.failedSends += line.ids.length;
          break;
        case 'session':
          sessions.set(line.session, { name: line.session, startedAtMs: line.at, endedAtMs: endOfLife });
          break;
        case 'ended': {
          const session = sessions.get(line.session);
          if (session !== undefined) session.endedAtMs = Math.min(session.endedAtMs, line.at);
          break;
        }
        case 'handle': {
          const { id, place, session, copy, hash, at } = line;
          const handling = {
            id,
            place,
            session,
            atMs: at,
            copy: copy ?? null,
            doneAtMs: null,
            ...(hash === undefined ? {} : { messageHash: hash }),
          };
          open.set(`${session} ${place} ${id}`, handling);
          all.handlings.push(handling);
          break;
        }
        case 'done': {
          const handling = open.get(`${line.session} ${line.place} ${line.id}`);
          if (handling !== undefined) handling.doneAtMs = line.at;
          break;
        }
        case 'commit':
          for (const [topic, partition, offset] of line.offsets)
            all.commits.push({ session: line.session, topic, partition, offset, atMs: line.at });
          break;
        case 'note': {
          const what = line.what.split('\n')[0]!;
          all.notes.set(what, (all.notes.get(what) ?? 0) + 1);
          break;
        }
        case 'crash':
          break;
      }
    }
    all.sessions.push(...sessions.values());
    for (const { id, hash } of handed)
      all.handed.push({
        id,
        hash,
        acknowledgedAtMs: acknowledgedAtMs.get(id) ?? null,
        endedAtMs: endOfLife,
      });
  }
  return all;
}
