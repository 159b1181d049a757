// The policy in force, and how another one comes into force: read aside, checked whole, exchanged at once.
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  SealwireError,
  UsageError,
  type AuditEvent,
  type ConnectionGuard,
  type Transport,
} from '@sealwire/core';
import type { Policy } from '@sealwire/policy';
import type { OpenDirectory } from '@sealwire/identity';
import { FileWatch } from './file-watch.js';
import { followingGuard } from './following-guard.js';
import { generationInSteps, type Generation, type LastingParts } from './generation.js';
import { inTurns } from './in-turns.js';
import { policyChanged, policyLoaded, policyRefused } from './policy-events.js';
import type { PolicyRevisions } from './policy-revision.js';
import type { TrustDemand } from './policy-trust.js';
import { readInThread, type ReadAnew } from './read-in-thread.js';
import { signatureFile } from './policy-signature.js';
import { RunningPlaces } from './running-places.js';

/** Opens the guard of a policy’s connections. */
export type GuardOf = (policy: Policy, transport: Transport) => ConnectionGuard;

export interface PolicyLifeParts {
  readonly file: string;
  readonly lasting: LastingParts & { readonly directory: OpenDirectory };
  readonly first: Generation;
  readonly demands: readonly TrustDemand[];
  readonly revisions: PolicyRevisions;
  readonly guardOf: GuardOf;
  /** What else stands against a policy; empty where nothing does. */
  readonly obstacles: (next: Generation) => readonly string[];
}

/** Events that wait for an audit trail; beyond it the oldest are left out. */
const maxWaiting = 100;
const lookEveryMs = 1_000;

export class PolicyLife {
  readonly places: RunningPlaces;
  readonly #parts: PolicyLifeParts;
  #now: Generation;
  readonly #guards = new Map<Transport, ConnectionGuard>();
  readonly #waiting: AuditEvent[] = [];
  #record: ((event: AuditEvent) => void) | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #watch: FileWatch | null = null;
  #fault = '';
  #closed = false;

  constructor(parts: PolicyLifeParts) {
    this.#parts = parts;
    this.#now = parts.first;
    this.places = new RunningPlaces(parts.first.policy);
    this.#tell(policyLoaded(parts.first, parts.lasting.clock));
  }

  get now(): Generation {
    return this.#now;
  }

  /** From here on events go to this trail; what waited goes first. */
  recordTo(record: (event: AuditEvent) => void): void {
    this.#record ??= record;
    for (const event of this.#waiting.splice(0)) this.#record(event);
  }

  /**
   * Answers from the guard of the policy in force, so that each next connection is held to it.
   * @throws as `openConnectionGuard`
   */
  guard(transport: Transport): ConnectionGuard {
    return followingGuard(() => this.#guard(transport));
  }

  #guard(transport: Transport): ConnectionGuard {
    let guard = this.#guards.get(transport);
    if (guard === undefined)
      this.#guards.set(transport, (guard = this.#parts.guardOf(this.#now.policy, transport)));
    return guard;
  }

  /** Looks at the files from now on. */
  async watch(): Promise<void> {
    this.#watch = new FileWatch({
      files: () => [this.#parts.file, signatureFile(this.#parts.file), ...this.#now.policy.namedFiles],
      isCurrent: () => isAsRead(this.#now),
      changed: () =>
        this.reload().then(
          () => true,
          () => false,
        ),
      intervalMs: lookEveryMs,
    });
    await this.#watch.start();
  }

  /**
   * Reads the policy anew. Reloads come one after the other.
   * @returns whether another one is in force now
   * @throws UsageError with everything that is wrong with it; then nothing has changed
   */
  async reload(): Promise<boolean> {
    const turn = this.#turn.catch(() => undefined).then(() => this.#reload());
    this.#turn = turn;
    return turn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watch?.close();
    await this.#turn.catch(() => undefined);
  }

  async #reload(): Promise<boolean> {
    if (this.#closed) throw new UsageError('ERR_USAGE_CLOSED', 'This Sealwire is closed. Open another one.');
    try {
      const read = await this.#read();
      if (read !== null) await this.#take(read);
      this.#fault = '';
      return read !== null;
    } catch (error) {
      this.#refused(error);
      throw error;
    }
  }

  #read(): Promise<ReadAnew | null> {
    const { file, lasting, demands } = this.#parts;
    const { directory } = lasting;
    const { digest, policy } = this.#now;
    return readInThread({
      file,
      agent: policy.agent,
      realm: directory.realm,
      names: [...directory.agents, ...directory.groups],
      digest,
      bytes: policy.bytes,
      demands,
    });
  }

  /** Everything is checked before anything is exchanged. */
  async #take(read: ReadAnew): Promise<void> {
    const { policy, digest, difference } = read;
    const { revisions } = this.#parts;
    const revised = { file: policy.file, revision: policy.revision, digest };
    await revisions.check(revised);
    const before = this.#now;
    // Turns of their own: of very many channels each of these takes its time.
    await nextTurn();
    const obstacles = [...difference.fixed, ...this.places.obstacles(policy)];
    await nextTurn();
    if (obstacles.length > 0) throw needsStart(this.#parts.file, obstacles);
    const guards = [...this.#guards.keys()].map(
      (transport) => [transport, this.#guardFor(policy, transport)] as const,
    );
    const next = await inTurns(generationInSteps(this.#parts.lasting, read, before));
    await nextTurn();
    const others = this.#parts.obstacles(next);
    if (others.length > 0) throw needsStart(this.#parts.file, others);
    await revisions.remember(revised);
    // A producer may have come meanwhile, whose retries are held to the policy that it asked.
    const late = this.#parts.obstacles(next);
    if (late.length > 0) throw needsStart(this.#parts.file, late);
    // From here on nothing fails and nothing waits. What was opened meanwhile was by the old policy: it is opened anew.
    this.#guards.clear();
    for (const [transport, guard] of guards) this.#guards.set(transport, guard);
    this.places.adopt(policy);
    this.#now = next;
    this.#tell(policyChanged(next, before.policy, difference, this.#parts.lasting.clock));
  }

  /** The same where nothing about it has changed: certificates and passwords need not be read again. */
  #guardFor(policy: Policy, transport: Transport): ConnectionGuard {
    const was = this.#now.policy;
    const same =
      isDeepStrictEqual(policy.connections[transport], was.connections[transport]) &&
      isDeepStrictEqual(policy.controls, was.controls);
    return same ? this.#guards.get(transport)! : this.#parts.guardOf(policy, transport);
  }

  /** Once for each fault. */
  #refused(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.#fault) return;
    this.#fault = reason;
    const code = error instanceof SealwireError ? `${error.code}: ` : '';
    process.emitWarning(
      `The policy was not taken over, and the last good one stays in force. ${code}${reason}`,
      'SealwireWarning',
    );
    this.#tell(policyRefused(this.#now, error, this.#parts.lasting.clock));
  }

  #tell(event: AuditEvent): void {
    if (this.#record !== null) this.#record(event);
    else if (this.#waiting.push(event) > maxWaiting) this.#waiting.shift();
  }
}

async function isAsRead({ policy, schemas }: Generation): Promise<boolean> {
  const wanted = [
    [policy.file, policy.bytes] as const,
    ...[...schemas].map(([file, { bytes }]) => [file, bytes] as const),
  ];
  for (const [file, bytes] of wanted) {
    const found = await readFile(file).catch(() => null);
    if (found?.equals(bytes) !== true) return false;
  }
  return true;
}

function needsStart(file: string, obstacles: readonly string[]): UsageError {
  const lines = obstacles.map((one) => `- ${one}`).join('\n');
  return new UsageError(
    'ERR_USAGE_RELOAD',
    `${file} changes what a running process cannot take over; start it anew, or take this back:\n${lines}`,
    { obstacles: obstacles.length },
  );
}
