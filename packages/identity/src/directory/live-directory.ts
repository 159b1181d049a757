// A directory that follows its source: the newest that verifies is in force, the last good one until then.
import { InabilityError, SealwireError, systemClock, type Clock, type LiveDirectory } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import { asRefusal, directoryError } from './directory-error.js';
import type { ListedKey } from './directory-entry.js';
import { DirectoryIndex } from './directory-index.js';
import {
  takeLines,
  type AcceptedLine,
  type DirectorySet,
  type Floor,
  type Taken,
  type Terms,
} from './directory-set.js';
import type { DirectorySource } from './directory-source.js';
import { DirectoryView, type OpenDirectory } from './directory-view.js';
import { defaultGraceMs } from './grace.js';
import { Refreshing } from './refreshing.js';
import type { Pin } from './root-chain.js';
import { StateMemory } from './state-memory.js';
import { inSlices } from './work.js';

export interface DirectoryOptions extends Pin {
  readonly source: DirectorySource;
  /** Refuses a directory of another realm. 16 bytes. */
  readonly realm: Buffer;
  /** Where what was accepted is remembered over restarts; `null`: nowhere, so a restart can be shown an older one. */
  readonly stateFolder: string | null;
  readonly primitives: Primitives;
  readonly clock?: Clock;
  /** How long after its expiry a document may still be used. Default: one hour. */
  readonly graceMs?: number;
  /** The least distance between two reads. Default: 200 ms. */
  readonly minReadDistanceMs?: number;
}

/** An open directory that follows its source. */
export interface FollowedDirectory extends OpenDirectory, LiveDirectory {
  isAgent(name: string): boolean;
  sealingKeyById(keyId: string, owners?: readonly string[]): ListedKey | null;
  /** All that was wrong at the last read; `problem` is the first. */
  readonly problems: readonly SealwireError[];
  readonly source: DirectorySource;
}

/**
 * Reads what is remembered and what the source holds, verifies it, and follows the source from then on.
 * Look-ups always answer from the newest that was accepted; a change takes effect as a whole. Past expiry and grace they
 * throw InabilityError ERR_UNABLE_DIRECTORY, and answer again once a newer document is there.
 * Starts from what is remembered where the source is away (`problem` says so).
 * Not guaranteed: that it is the newest. A source that withholds is noticed when what is there expires.
 * @throws KeyError ERR_KEY_DIRECTORY where nothing usable is found: unreadable, malformed, not signed, of another realm,
 * expired; UsageError ERR_USAGE_FILE where the state folder cannot be used
 */
export async function openDirectory(options: DirectoryOptions): Promise<FollowedDirectory> {
  const { source, realm, stateFolder, primitives, rootKeys, threshold } = options;
  const { clock = systemClock, graceMs = defaultGraceMs, minReadDistanceMs = 200 } = options;
  const memory = stateFolder === null ? null : new StateMemory(stateFolder, realm);
  const remembered = memory?.read() ?? { lines: [], floors: new Map<string, Floor>() };
  const floors = new Map(remembered.floors);
  const terms = (): Terms => ({
    pin: { rootKeys, threshold },
    realm,
    primitives,
    nowMs: clock.nowMs(),
    graceMs,
    floors,
  });
  const proven = new WeakMap<ListedKey, boolean>();
  const indexed = (set: DirectorySet): Promise<DirectoryIndex> =>
    inSlices(new DirectoryIndex(set, primitives, graceMs, proven).fill());

  let set: DirectorySet | null = null;
  /** What closures changed, the compiler believes to be what it was. */
  const heldSet = (): DirectorySet | null => set;
  if (remembered.lines.length > 0) {
    ({ set } = await inSlices(takeLines(remembered.lines, null, terms(), stateFolder!, false)));
    if (set === null)
      throw directoryError(
        'fork',
        stateFolder!,
        'remembers a root that the pinned root keys did not sign; correct directory.root_key in sealwire.yaml. If the root was replaced on purpose, delete this folder.',
      );
  }
  /** Takes in what a read found, and remembers what came into force. */
  const take = async (lines: readonly Buffer[]): Promise<Taken> => {
    const taken = await inSlices(takeLines(lines, set, terms(), source.name, true));
    set = taken.set;
    for (const { issuer, serial, hash } of taken.accepted)
      if (issuer !== null) floors.set(issuer, { serial, hash });
    return taken;
  };
  const remember = async (accepted: readonly AcceptedLine[]): Promise<SealwireError | null> => {
    if (accepted.length === 0) return null;
    try {
      await memory?.remember(accepted);
      return null;
    } catch (error) {
      return directoryError(
        'not-remembered',
        stateFolder!,
        `the newest directory is in force but cannot be remembered (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}); make room, or make it writable.`,
      );
    }
  };

  const first = await readOrProblem(source, true);
  const taken = first.lines === null ? null : await take(first.lines);
  const problems = [...first.problems, ...(taken?.problems ?? [])];
  const usable = heldSet();
  if (usable === null)
    throw problems[0] ?? directoryError('unreadable', source.name, 'is empty; publish a directory.');
  const index = await indexed(usable);
  const dead = index.whyDead(clock.nowMs());
  if (dead !== null) throw directoryError('expired', source.name, dead.message);
  const notRemembered = await remember(taken?.accepted ?? []);
  if (notRemembered !== null) problems.push(notRemembered);

  return new Followed(index, {
    clock,
    minReadDistanceMs,
    source,
    problems,
    readAtMs: first.readAtMs,
    take,
    remember,
    indexed,
  });
}

interface Following {
  readonly clock: Clock;
  readonly minReadDistanceMs: number;
  readonly source: DirectorySource;
  readonly problems: readonly SealwireError[];
  readonly readAtMs: number;
  readonly take: (lines: readonly Buffer[]) => Promise<Taken>;
  readonly remember: (accepted: readonly AcceptedLine[]) => Promise<SealwireError | null>;
  readonly indexed: (set: DirectorySet) => Promise<DirectoryIndex>;
}

class Followed extends DirectoryView implements FollowedDirectory {
  readonly source: DirectorySource;
  readonly #with: Following;
  readonly #refreshing: Refreshing;
  readonly #listeners = new Set<() => void>();
  #problems: readonly SealwireError[];
  #readAtMs: number;
  #unremembered: AcceptedLine[] = [];
  /** Issuers whose newest document waits for another one, and since when. */
  #waiting: ReadonlyMap<string, number> = new Map();

  /** @param index not kept: the first one would stay in memory for ever */
  constructor(index: DirectoryIndex, following: Following) {
    super(index, following.clock);
    this.#with = following;
    this.source = following.source;
    this.#problems = following.problems;
    this.#waiting = this.#waitingNow();
    this.#readAtMs = following.readAtMs;
    this.#refreshing = new Refreshing(
      () =>
        this.#read().catch((error: unknown) => {
          this.#problems = [asRefusal(this.source.name, error)];
        }),
      following.minReadDistanceMs,
    );
    this.source.watch(() => void this.refresh());
  }

  get lagMs(): number {
    return this.source.lagMs;
  }

  get readAtMs(): number {
    return this.#readAtMs;
  }

  get problem(): SealwireError | null {
    return this.#problems[0] ?? null;
  }

  get problems(): readonly SealwireError[] {
    return this.#problems;
  }

  /**
   * Beyond what has expired: a document that was published and waits for another one (SPEC.md D-14, D-15) could have the
   * key that is asked for. Not for ever, or its issuer could hold up what concerns its names.
   */
  override requireUsable(name: string): void {
    super.requireUsable(name);
    const issuer = this.set.delegations.issuerOf(name)?.id;
    const since = issuer === undefined ? undefined : this.#waiting.get(issuer);
    if (since !== undefined && this.#with.clock.nowMs() < since + maxWaitingMs)
      throw new InabilityError(
        'ERR_UNABLE_DIRECTORY',
        `A newer document of issuer ${issuer!} is here and cannot be used until others are, too; see the directory's problem.`,
      );
  }

  refresh(): Promise<void> {
    return this.#refreshing.refresh();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#refreshing.close();
    await this.source.close();
  }

  #tell(): void {
    for (const listener of [...this.#listeners])
      try {
        listener();
      } catch {
        // A listener's fault must not keep others, or the directory itself, from going on.
      }
  }

  #waitingNow(): ReadonlyMap<string, number> {
    const nowMs = this.#with.clock.nowMs();
    const mixed = this.#problems.filter(({ facts }) => facts['reason'] === 'mixed');
    return new Map(
      mixed.map(({ facts }) => [
        String(facts['issuer']),
        this.#waiting.get(String(facts['issuer'])) ?? nowMs,
      ]),
    );
  }

  async #read(): Promise<void> {
    const { take, remember, indexed, source } = this.#with;
    // What was refused may be good by now: a clock was corrected, a delegation came.
    const read = await readOrProblem(source, this.problem !== null);
    let changed = false;
    let problems: readonly SealwireError[] = read.problems;
    if (read.lines !== null) {
      const taken = await take(read.lines);
      if (taken.set !== null && taken.set !== this.set) {
        this.exchange(await indexed(taken.set));
        changed = true;
      }
      this.#unremembered = newestOf([...this.#unremembered, ...taken.accepted]);
      problems = taken.problems;
    }
    const notRemembered = await remember(this.#unremembered);
    if (notRemembered === null) this.#unremembered = [];
    else problems = [...problems, notRemembered];
    if (read.problems.length === 0) this.#readAtMs = read.readAtMs;
    if (problems.map(({ message }) => message).join() !== this.#problems.map(({ message }) => message).join())
      changed = true;
    this.#problems = problems;
    this.#waiting = this.#waitingNow();
    if (changed) this.#tell();
  }
}

/** How long an unknown key may wait for a document that waits for another. */
const maxWaitingMs = 60_000;

/** A disk that is full for long must not make memory full too. */
function newestOf(accepted: readonly AcceptedLine[]): AcceptedLine[] {
  return accepted.filter(
    ({ issuer, serial }) =>
      issuer === null || !accepted.some((other) => other.issuer === issuer && other.serial > serial),
  );
}

async function readOrProblem(
  source: DirectorySource,
  anew: boolean,
): Promise<{ lines: readonly Buffer[] | null; readAtMs: number; problems: SealwireError[] }> {
  try {
    return { ...(await source.read(anew)), problems: [] };
  } catch (error) {
    return { lines: null, readAtMs: 0, problems: [asRefusal(source.name, error)] };
  }
}
