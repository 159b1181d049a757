// Opens a trail after whatever ended the process that wrote it.
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  agentEvent,
  InabilityError,
  type AuditEvent,
  type AuditObserver,
  type Clock,
  type Transport,
} from '@sealwire/core';
import type { WriterFacts } from '../events/writer-facts.js';
import type { Claim } from '../claim-file.js';
import { claimFolder } from '../spool/claim-folder.js';
import { openSpool, type SpoolDamage } from '../spool/open-spool.js';
import type { Spool } from '../spool/spool.js';
import { Audience } from './audience.js';
import { AuditTrail } from './audit-trail.js';
import { ChainMark, type ChainState } from './chain-mark.js';
import type { CheckpointOptions } from './checkpoints.js';
import { Drain } from './drain.js';
import { formerChain } from './former-chain.js';
import { Journal } from './journal.js';
import { leftBehind } from './left-behind.js';
import { Losses } from './losses.js';
import { Publisher } from './publisher.js';
import { Unpublished } from './unpublished.js';

export interface OpenTrailOptions {
  /** The transport whose events it has. */
  readonly name: Transport;
  /** Has a folder for each process that writes at the same time. */
  readonly folder: string;
  readonly writer: WriterFacts;
  /** Names of the sinks that each event goes to; nothing is published before all of them are there. */
  readonly sinks: readonly string[];
  readonly maxBytes: number;
  /** `block`: events are not safe before the sinks have them. */
  readonly failurePolicy: 'spool' | 'block';
  /** Until then (ms since 1970) what a full spool has no room for is dropped, counted and told; `null`: never. */
  readonly dropUntilMs: number | null;
  readonly checkpoints: CheckpointOptions;
  readonly disguise: (event: AuditEvent) => AuditEvent;
  readonly observers: readonly AuditObserver[];
  readonly clock: Clock;
  readonly firstRetryMs?: number;
  /** How long sinks that refuse are tried again when it closes; default 5 s. */
  readonly closeWithinMs?: number;
  readonly maxRetryMs?: number;
}

/** Processes of one agent on one machine. */
const maxSlots = 256;

/**
 * Takes the first folder that no other process has, and goes on with the chain in it. Messages that were on their way
 * when the process before it ended get the outcome `unknown`.
 * @throws InabilityError ERR_UNABLE_AUDIT where there is none; errors of the disk as they are
 */
export function openAuditTrail(options: OpenTrailOptions): AuditTrail {
  for (let slot = 0; slot < maxSlots; slot++) {
    const folder = join(options.folder, `${slot}`);
    const claim = claimFolder(folder);
    if (claim !== null) return claimed(folder, claim, options, null)!;
  }
  throw new InabilityError(
    'ERR_UNABLE_AUDIT',
    `${maxSlots} processes have their audit spool in ${options.folder}: give some of them an audit.spool.folder of their own.`,
    {},
  );
}

/**
 * Opens the trails of processes that ended and were not started again, so that what they left is published. One after the
 * other: to be closed before the next is asked for.
 */
export function* abandonedTrails(options: OpenTrailOptions): Generator<AuditTrail> {
  for (let slot = 0; slot < maxSlots; slot++) {
    const folder = join(options.folder, `${slot}`);
    const claim = existsSync(folder) ? claimFolder(folder) : null;
    if (claim === null) continue;
    const trail = claimed(folder, claim, options, 'abandoned');
    if (trail !== null) yield trail;
  }
}

/** As `openIn`; a folder that cannot be used is nobody’s. */
function claimed(...given: Parameters<typeof openIn>): AuditTrail | null {
  try {
    return openIn(...given);
  } catch (error) {
    given[1].release();
    throw error;
  }
}

/** @param only whether it is opened only where something was left behind */
function openIn(
  folder: string,
  claim: Claim,
  options: OpenTrailOptions,
  only: 'abandoned' | null,
): AuditTrail | null {
  const { name, writer, maxBytes, clock } = options;
  const failed = warnOnce(name);
  const { spool, damage } = openSpool({ folder, maxBytes });
  const mark = new ChainMark(join(folder, 'chain'));
  const head = mark.state;
  const left = leftBehind(spool, head?.frame ?? spool.released);
  if (only !== null && left.events === 0 && left.unfinished.length === 0) {
    mark.close();
    void spool
      .close()
      .catch(() => undefined)
      .finally(() => claim.release());
    return null;
  }
  const lost = head === null && (mark.isDamaged || spool.next > 0) ? headLost(folder) : null;
  if (head === null) mark.set(newChain(spool));
  const journal = new Journal(spool, writer);
  const opening = openingEvents({ options, damage, lost, left: left.events });
  // Also where the spool is full: otherwise it could never be drained.
  journal.record(opening, true);
  journal.concludeUnknown(left.unfinished);
  const unfinished = left.unfinished.reduce((sum, { from, to }) => sum + to - from, 0);
  const waiting = left.events + unfinished + opening.length;
  const unpublished = new Unpublished(waiting, mark.state!.frame, spool.next, () => clock.nowMs());
  const { firstRetryMs = 100, maxRetryMs = 5_000 } = options;
  const sinks = new Publisher(options.sinks, {
    firstRetryMs,
    maxRetryMs,
    failed(sink, error) {
      failed(sink, error);
      unpublished.refused();
    },
  });
  const audience = new Audience(options.observers, name);
  const drain = new Drain({
    name,
    folder,
    spool,
    isLeftBehind: left.events > 0 || left.unfinished.length > 0,
    openedBefore: spool.next,
    mark,
    publisher: sinks,
    writer,
    checkpoints: shownIn(audience, options),
    journal,
    published: (events, waited, frame) => unpublished.done(events, waited, frame),
    lost: (gaps) => audience.show(gaps),
    failed: (error) => failed('spool', error),
  });
  const timer = setInterval(() => drain.wake(), Math.min(options.checkpoints.everyMs, 60_000)).unref();
  // What was left behind may be published as soon as the sinks are there.
  void spool.sync().then(
    () => drain.wake(),
    (error: unknown) => failed('spool', error),
  );
  return new AuditTrail({
    name,
    spool,
    maxBytes,
    journal,
    drain,
    publisher: sinks,
    unpublished,
    losses:
      options.dropUntilMs === null
        ? null
        : new Losses(writer.agent, options.dropUntilMs, () => clock.nowMs()),
    disguise: options.disguise,
    audience,
    opening,
    waitsForSinks: options.failurePolicy === 'block',
    closeWithinMs: options.closeWithinMs ?? 5_000,
    lastEvents: () => [lifeEvent(options, 'audit.stopped', {})],
    closed: () => {
      clearInterval(timer);
      mark.close();
      claim.release();
    },
  });
}

/** A checkpoint of the chain that ended is none of the next one. */
function headLost(folder: string): AuditEvent['facts'] {
  const chain = formerChain(folder);
  rmSync(join(folder, 'checkpoint'), { force: true });
  return { reason: 'chain_head_lost', events: null, ...(chain === null ? {} : { old_chain: chain }) };
}

function newChain(spool: Spool): ChainState {
  return {
    chain: randomBytes(16).toString('hex'),
    frame: spool.released,
    sequence: 0,
    previous: '0'.repeat(64),
    first: 0,
    nodes: [],
  };
}

function openingEvents({
  options,
  damage,
  lost,
  left,
}: {
  readonly options: OpenTrailOptions;
  readonly damage: readonly SpoolDamage[];
  /** What is told of a chain whose head was lost. */
  readonly lost: AuditEvent['facts'] | null;
  readonly left: number;
}): AuditEvent[] {
  const { name, sinks, failurePolicy, dropUntilMs } = options;
  const started = lifeEvent(options, 'audit.started', {
    transport: name,
    sinks: sinks.join(', '),
    failure_policy: failurePolicy,
    when_full: dropUntilMs === null ? 'block' : 'drop',
    events_left: left,
  });
  const gaps = damage.map(({ from, to }) =>
    gapEvent(options, { reason: 'spool_damaged', frames: to - from, events: null }),
  );
  const head = lost === null ? [] : [gapEvent(options, lost)];
  return [started, ...head, ...gaps];
}

/** Observers are shown a checkpoint once every sink has it. */
function shownIn(audience: Audience, options: OpenTrailOptions): CheckpointOptions {
  const { checkpoints } = options;
  return {
    ...checkpoints,
    published(newest) {
      audience.show([lifeEvent(options, 'audit.checkpoint', { sequence: newest.sequence })]);
      checkpoints.published?.(newest);
    },
  };
}

function lifeEvent(
  { writer, clock }: OpenTrailOptions,
  kind: 'audit.started' | 'audit.stopped' | 'audit.checkpoint',
  facts: AuditEvent['facts'],
): AuditEvent {
  return agentEvent(writer.agent, { kind, timestampMs: clock.nowMs(), outcome: 'acknowledged', facts });
}

function gapEvent({ writer, clock }: OpenTrailOptions, facts: AuditEvent['facts']): AuditEvent {
  return agentEvent(writer.agent, {
    kind: 'audit.gap',
    timestampMs: clock.nowMs(),
    outcome: 'unknown',
    encryptionStatus: 'failed',
    facts,
  });
}

/** A sink that is away says so once in a while. */
function warnOnce(trail: string): (sink: string, error: unknown) => void {
  let lastMs = -Infinity;
  return (sink, error) => {
    if (performance.now() - lastMs < 60_000) return;
    lastMs = performance.now();
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(
      `The audit ${sink} of the ${trail} trail does not take events, which wait in the spool: ${reason}`,
      'SealwireWarning',
    );
  };
}
