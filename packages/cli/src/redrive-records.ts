// Re-drives quarantined records, one after the other, so that each is delivered once (sealwire/SPEC.md §5).
import { InabilityError, SealwireError, UsageError } from '@sealwire/core';
import type { AuditEvent, Redriver, RedriveReady, Sealed, Sealwire } from '@sealwire/core';
import { guardOf } from './broker-record.js';
import { findCopies } from './find-copies.js';
import { findEntry } from './find-entry.js';
import { iso } from './operator.js';
import type { QuarantineOptions, QuarantinePlace } from './quarantine-options.js';
import type { QuarantineEntry } from './read-quarantine.js';
import { writeNote, type RedriveNote } from './redrive-note.js';
import type { RedriveTarget } from './redrive-target.js';

/** What became of one record. */
export interface RedriveResult {
  readonly id: string;
  readonly redriven: boolean;
  /** Why not, or what a dry run would do. */
  readonly reason: string | null;
  /** Of the original, where its signature verified. */
  readonly sender: string | null;
  readonly messageHash: string | null;
}

export interface RedriveRun {
  readonly options: QuarantineOptions;
  readonly place: QuarantinePlace;
  readonly sealwire: Sealwire;
  readonly redriver: Redriver;
  readonly target: RedriveTarget;
  readonly notes: readonly RedriveNote[];
  /** Ids in quarantine by the place that they were read from. */
  readonly idsByPlace: ReadonlyMap<string, readonly string[]>;
  readonly dryRun: boolean;
  /** Also what was re-driven before, or may have been. */
  readonly again: boolean;
  /** The operator knows that no copy was accepted. */
  readonly vouch: boolean;
}

interface Candidate {
  readonly entry: QuarantineEntry;
  readonly ready: RedriveReady;
}

/** A carrier must be remembered until one that is sent now has certainly arrived. */
const marginMs = 60_000;

/** @param tell is given each result as it is known */
export async function redriveRecords(
  run: RedriveRun,
  entries: readonly QuarantineEntry[],
  tell: (result: RedriveResult) => void,
): Promise<void> {
  const candidates: Candidate[] = [];
  const names = new Map<string, string>();
  for (const entry of entries) {
    try {
      const ready = examined(run, entry);
      requireUnsent(run, ready);
      const name = ready.identity.toString('hex');
      const twin = names.get(name);
      if (twin !== undefined) throw refused(`it is the same message as ${twin}`);
      names.set(name, entry.id);
      candidates.push({ entry, ready });
    } catch (error) {
      tell(notRedriven(entry, null, error));
    }
  }
  const safe = await withoutCopies(run, candidates, tell);
  for (const candidate of safe) {
    if (run.dryRun) tell({ ...known(candidate), redriven: false, reason: 'it would be re-driven' });
    else {
      try {
        await redriveOne(run, candidate);
        tell({ ...known(candidate), redriven: true, reason: null });
      } catch (error) {
        tell(notRedriven(candidate.entry, candidate.ready, error));
        // What is not there for one is not there for the next.
        if (error instanceof InabilityError) throw error;
      }
    }
  }
}

function examined({ redriver }: RedriveRun, { record }: QuarantineEntry): RedriveReady {
  if (record === null) throw refused('it was not written by an adapter');
  return redriver.examine(record);
}

/** @throws UsageError ERR_USAGE_QUARANTINE */
function requireUnsent({ notes, again }: RedriveRun, { identity, maxAgeMs }: RedriveReady): void {
  if (again) return;
  const name = identity.toString('hex');
  const mine = notes.filter((note) => note.identity === name);
  const sent = mine.find(({ step }) => step === 'sent');
  if (sent !== undefined)
    throw refused(
      `${sent.by} re-drove it at ${iso(sent.atMs)}. Give --again if its receivers have refused it since and would not now`,
    );
  const oldest = Math.min(...mine.map(({ atMs }) => atMs));
  if (Date.now() - oldest > maxAgeMs - marginMs)
    throw refused(
      `${mine[0]!.by} was about to re-drive it at ${iso(oldest)}, and may have. Receivers do not remember for that long: look whether it arrived, and give --again if it did not`,
    );
}

/** Those that no copy may have been accepted of. */
async function withoutCopies(
  run: RedriveRun,
  candidates: readonly Candidate[],
  tell: (result: RedriveResult) => void,
): Promise<readonly Candidate[]> {
  const { target, place, options, vouch } = run;
  if (vouch) return candidates;
  const unknown = (why: string): UsageError =>
    refused(
      `${why}, so it is not known whether a copy of it was accepted since it was rejected. Give --vouch if you know that none was`,
    );
  if (target.kafka === null) {
    return candidates.filter(({ entry, ready }) => {
      if (Date.now() - ready.facts.issuedAtMs <= ready.maxAgeMs) return true;
      tell(notRedriven(entry, ready, unknown('it is older than receivers remember')));
      return false;
    });
  }
  const safe: Candidate[] = [];
  const byPartition = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { place: to } = candidate.ready;
    if (to.transport !== 'kafka') continue;
    const name = `${to.topic}/${to.partition}`;
    byPartition.set(name, [...(byPartition.get(name) ?? []), candidate]);
  }
  const guard = guardOf(options, 'kafka');
  for (const group of byPartition.values()) {
    const { topic, partition } = group[0]!.ready.place as {
      readonly topic: string;
      readonly partition: number;
    };
    const search = { guard, brokers: place.broker.split(','), tool: target.kafka, topic, partition };
    const copies = await findCopies(
      { ...search, skewMs: place.policy.skewMs },
      group.map(({ entry, ready }) => ({
        id: entry.id,
        original: entry.record!.original,
        issuedAtMs: ready.facts.issuedAtMs,
      })),
    );
    for (const candidate of group) {
      const { entry, ready } = candidate;
      const found = copies.byId.get(entry.id) ?? [];
      const loose = await looseCopies(run, ready, found);
      if (loose.length > 0)
        tell(
          notRedriven(
            entry,
            ready,
            refused(
              `it also lies at ${topic}[${partition}]@${loose.join(', ')} and may have been accepted there. Give --vouch if you know that it was not`,
            ),
          ),
        );
      else if (!copies.complete)
        tell(
          notRedriven(
            entry,
            ready,
            unknown(`${topic}[${partition}] does not reach back to when it was issued`),
          ),
        );
      else safe.push(candidate);
    }
  }
  return safe;
}

/** Copies that were not rejected as well, as far as their receiver’s evidence goes. */
async function looseCopies(
  { options, place, redriver, idsByPlace }: RedriveRun,
  { place: to, identity }: RedriveReady,
  offsets: readonly string[],
): Promise<string[]> {
  const loose: string[] = [];
  for (const offset of offsets) {
    const ids =
      to.transport === 'kafka' ? (idsByPlace.get(`${to.topic}/${to.partition}@${offset}`) ?? []) : [];
    let rejected = false;
    for (const id of ids) {
      const { record } = await findEntry(options, place, id);
      try {
        rejected ||= record !== null && redriver.examine(record).identity.equals(identity);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
      }
    }
    if (!rejected) loose.push(offset);
  }
  return loose;
}

async function redriveOne(
  { redriver, sealwire, target }: RedriveRun,
  { entry, ready }: Candidate,
): Promise<void> {
  const note = (step: RedriveNote['step']) =>
    writeNote(redriver, {
      step,
      identity: ready.identity.toString('hex'),
      record: entry.id,
      atMs: Date.now(),
    });
  // Sealed before it is noted: what cannot be sealed was not about to be sent.
  const sealed = await ready.seal();
  await target.note(entry, await note('sending'));
  await target.send(ready.place, sealed);
  await sealwire.report(
    target.kafka === null ? 'rabbitmq' : 'kafka',
    target.sink,
    redrivenEvent(sealwire.agent, entry, ready, sealed),
  );
  await target.note(entry, await note('sent'));
}

function redrivenEvent(
  agent: string,
  { id, record }: QuarantineEntry,
  { facts, place }: RedriveReady,
  sealed: Sealed,
): AuditEvent {
  return {
    kind: 'quarantine.redriven',
    timestampMs: Date.now(),
    senderId: agent,
    recipientId: facts.recipients.join(','),
    messageType: facts.type,
    messageHash: facts.messageHash.toString('hex'),
    recordHash: record!.recordHash,
    channel: facts.channel,
    encryptionStatus: 'sealed',
    outcome: 'acknowledged',
    code: null,
    unverified: false,
    facts: {
      original_sender: facts.sender,
      redriven_in: sealed.facts.messageHash.toString('hex'),
      rejected_by: record!.rejectedBy,
      rejected_for: record!.code,
      quarantine_id: id,
      ...(place.transport === 'kafka'
        ? { topic: place.topic, partition: place.partition }
        : { queue: place.queue }),
    },
  };
}

function known({ entry, ready }: Candidate): Pick<RedriveResult, 'id' | 'sender' | 'messageHash'> {
  const { sender, messageHash } = ready.facts;
  return { id: entry.id, sender, messageHash: messageHash.toString('hex') };
}

function notRedriven(entry: QuarantineEntry, ready: RedriveReady | null, error: unknown): RedriveResult {
  if (!(error instanceof SealwireError)) throw error;
  const of = ready === null ? { id: entry.id, sender: null, messageHash: null } : known({ entry, ready });
  return { ...of, redriven: false, reason: error.message };
}

function refused(why: string): UsageError {
  return new UsageError('ERR_USAGE_QUARANTINE', `The record is not re-driven: ${why}.`);
}
