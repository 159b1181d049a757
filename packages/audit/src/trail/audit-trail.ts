// One writer’s trail: events are safe in its spool first, then chained, signed and published.
import { InabilityError } from '@sealwire/core';
import type { AuditEvent, AuditSink, AuditState, InClear, Sealed, Transport } from '@sealwire/core';
import type { SeenChain } from '../chain/checkpoint-text.js';
import { sentEvent } from '../message-events.js';
import type { Spool } from '../spool/spool.js';
import type { Audience } from './audience.js';
import type { Drain } from './drain.js';
import type { Journal, Ticket } from './journal.js';
import { Losses } from './losses.js';
import { OwedOutcomes, type SentOutcome } from './owed-outcomes.js';
import type { Publisher } from './publisher.js';
import { Unpublished } from './unpublished.js';

/** What the ends of the journeys need of a trail. */
export interface Trail {
  /** @throws InabilityError ERR_UNABLE_AUDIT where so many more messages could not be kept: nothing may be sent */
  assertRoom(events: number): void;
  /**
   * Keeps what is about to be sent, sealed or in clear: synchronously, so that it survives the process from here on. All or
   * nothing.
   * @throws InabilityError ERR_UNABLE_AUDIT
   */
  seal(batch: readonly (Sealed | InClear)[]): void;
  /**
   * Completes the events of what `seal` kept. Of one that it did not, or that has an outcome already, nothing is written.
   * Resolves when what was kept is on the disk (under `block`: when the events are published); what a power cut takes
   * after that is the outcome alone, which is `unknown` then.
   * @throws InabilityError ERR_UNABLE_AUDIT: it is not safe yet. What the disk did not take is written as soon as it does;
   *   call again to wait for that
   */
  conclude(
    batch: readonly (Sealed | InClear)[],
    outcome: SentOutcome['outcome'],
    facts: AuditEvent['facts'],
  ): Promise<void>;
  /**
   * Writes the events before it returns; resolves when they are on the disk (under `block`: published).
   * @throws InabilityError ERR_UNABLE_AUDIT at once: nothing is written, call again. Rejects with it where they are written
   *   and not safe yet: call again with none
   */
  record(events: readonly AuditEvent[]): Promise<void>;
  /** Resolves when every sink has the events. @throws InabilityError ERR_UNABLE_AUDIT also where it closes before that */
  report(events: readonly AuditEvent[]): Promise<void>;
}

export interface AuditTrailParts {
  readonly name: Transport;
  readonly spool: Spool;
  readonly maxBytes: number;
  readonly journal: Journal;
  readonly drain: Drain;
  readonly publisher: Publisher;
  readonly unpublished: Unpublished;
  readonly losses: Losses | null;
  /** What stands in place of an event, where names are pseudonyms. */
  readonly disguise: (event: AuditEvent) => AuditEvent;
  readonly audience: Audience;
  /** What was written when it was opened. */
  readonly opening: readonly AuditEvent[];
  readonly waitsForSinks: boolean;
  /** How long sinks that refuse are tried again when it closes. */
  readonly closeWithinMs: number;
  /** Ends the trail’s part in it all: what the process’s last events are, and giving up the folder. */
  readonly lastEvents: () => readonly AuditEvent[];
  readonly closed: () => void;
}

/** Outcomes may stay unsynced for so long: what is published waits for it, and nobody else. */
const syncWithinMs = 25;

export class AuditTrail implements Trail {
  readonly #parts: AuditTrailParts;
  readonly #tickets = new WeakMap<object, Ticket>();
  /** Messages on their way whose entry was dropped. */
  readonly #dropped = new WeakSet<object>();
  readonly #outcomes = new OwedOutcomes((one) => this.#conclude(one));
  /** The sync that what was sealed last is on the disk by. */
  #sealedSync: Promise<void> = Promise.resolve();
  #syncing: NodeJS.Timeout | null = null;
  #closing = false;

  /** Made by `openAuditTrail`. */
  constructor(parts: AuditTrailParts) {
    this.#parts = parts;
    parts.audience.show(parts.opening);
  }

  get state(): AuditState {
    const { name, spool, maxBytes, unpublished, losses, drain } = this.#parts;
    return {
      trail: name,
      spooledEvents: unpublished.events,
      spoolBytes: spool.bytes,
      spoolMaxBytes: maxBytes,
      publishedEvents: unpublished.published,
      droppedEvents: losses?.total ?? 0,
      oldestSpooledAtMs: unpublished.oldestAtMs,
      lastCheckpointAtMs: drain.lastCheckpointAtMs,
    };
  }

  /** The last checkpoint that this process published. */
  get newestCheckpoint(): SeenChain | null {
    return this.#parts.drain.newestCheckpoint;
  }

  /** From here on the sink of this name is written to. Several of one name reach the same place. */
  add(name: string, sink: AuditSink): void {
    this.#parts.publisher.add(name, sink);
    this.#parts.drain.wake();
  }

  assertRoom(events: number): void {
    const { journal, losses, maxBytes } = this.#parts;
    if (this.#closing) throw unable('The audit trail is closed: nothing was sent.');
    if (losses?.areTaken !== true && !journal.hasRoom(events))
      throw unable(
        `The audit spool is full (${maxBytes} bytes) because its topic, exchange or file does not take events. Nothing was sent; mend it and try again.`,
      );
  }

  seal(batch: readonly (Sealed | InClear)[]): void {
    const { journal, losses, disguise } = this.#parts;
    if (this.#closing) throw unable('The audit trail is closed: nothing was sent.');
    const events = batch.map((sent) => disguise(sentEvent(sent, 'unknown')));
    try {
      const tickets = journal.seal(events);
      batch.forEach((sent, i) => this.#tickets.set(sent, tickets[i]!));
    } catch (error) {
      if (losses?.areTaken !== true || this.#closing) throw error;
      // Counted when its outcome comes.
      for (const sent of batch) this.#dropped.add(sent);
      return;
    }
    this.#sealedSync = this.#sync();
    this.#sealedSync.catch(() => undefined);
  }

  async conclude(
    batch: readonly (Sealed | InClear)[],
    outcome: SentOutcome['outcome'],
    facts: AuditEvent['facts'],
  ): Promise<void> {
    const { waitsForSinks, losses } = this.#parts;
    const known: (Sealed | InClear)[] = [];
    const tickets: Ticket[] = [];
    for (const sent of batch) {
      const ticket = this.#tickets.get(sent);
      if (ticket !== undefined) {
        known.push(sent);
        tickets.push(ticket);
      } else if (this.#dropped.delete(sent)) losses?.add(1);
    }
    for (const sent of known) this.#tickets.delete(sent);
    if (tickets.length > 0) this.#outcomes.add({ sent: known, tickets, outcome, facts });
    const isOnDisk = this.#sealedSync;
    this.#outcomes.pay();
    if (tickets.length > 0) await isOnDisk;
    if (waitsForSinks) await this.#published(false);
  }

  record(events: readonly AuditEvent[]): Promise<void> {
    if (events.length > 0 && !this.#append(events)) return Promise.resolve();
    return this.#safe();
  }

  async report(events: readonly AuditEvent[]): Promise<void> {
    if (!this.#append(events)) return;
    await this.#sync();
    await this.#published(true);
  }

  /** Writes the last events, publishes what the sinks take at once, and keeps the rest for the next start. */
  async close(): Promise<void> {
    if (this.#closing) return;
    const { spool, drain, publisher, unpublished, lastEvents, closed, name } = this.#parts;
    this.#outcomes.close();
    try {
      this.#append(lastEvents());
    } catch {
      // A full spool: what it holds is more than its end.
    }
    this.#closing = true;
    if (this.#syncing !== null) clearTimeout(this.#syncing);
    try {
      await spool.sync();
      publisher.close(this.#parts.closeWithinMs);
      await drain.close();
    } finally {
      unpublished.close();
      await spool.close().finally(closed);
    }
    if (unpublished.events > 0)
      process.emitWarning(
        `${unpublished.events} audit events of the ${name} trail wait in the spool; they are published when this agent is started again on this machine.`,
        'SealwireWarning',
      );
  }

  #conclude({ sent, tickets, outcome, facts }: SentOutcome): void {
    const { journal, audience, unpublished } = this.#parts;
    unpublished.add(tickets.length, journal.conclude(tickets, outcome, facts));
    this.#syncSoon();
    if (!audience.isEmpty) audience.show(sent.map((each) => sentEvent(each, outcome, facts)));
  }

  /** @returns false where they were dropped, and counted */
  #append(events: readonly AuditEvent[]): boolean {
    const { journal, losses, disguise, unpublished, audience } = this.#parts;
    const written = losses?.told(events) ?? events;
    try {
      unpublished.add(written.length, journal.record(written.map(disguise)));
      losses?.written();
    } catch (error) {
      if (losses?.areTaken !== true || this.#closing || !(error instanceof InabilityError)) throw error;
      losses.add(events.length);
      return false;
    }
    audience.show(written);
    return true;
  }

  async #sync(): Promise<void> {
    await this.#parts.spool.sync();
    this.#parts.drain.wake();
  }

  #syncSoon(): void {
    this.#syncing ??= setTimeout(() => {
      this.#syncing = null;
      this.#sync().catch(() => undefined);
    }, syncWithinMs);
  }

  async #safe(): Promise<void> {
    await this.#sync();
    if (this.#parts.waitsForSinks) await this.#published(false);
  }

  /** Everything that is written by now. @param patient whether it waits on where a sink refuses */
  async #published(patient: boolean): Promise<void> {
    const { unpublished, spool } = this.#parts;
    if (!(await unpublished.until(spool.next, patient)))
      throw unable(
        'The audit topic, exchange or file did not take the events, which are in the spool; nothing is committed until it does. Check that it exists and that this agent may write to it.',
      );
  }
}

const unable = (message: string): InabilityError => new InabilityError('ERR_UNABLE_AUDIT', message);
