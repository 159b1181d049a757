// The audit trails of one process: one for each transport, opened when it is first used.
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  abandonedTrails,
  FileSink,
  maxSeen,
  namedForMs,
  openAuditTrail,
  StdoutSink,
  Witness,
  type AuditTrail,
  type OpenTrailOptions,
  type SeenChain,
  type Trail,
} from '@sealwire/audit';
import { InabilityError } from '@sealwire/core';
import type {
  AuditEvent,
  AuditObserver,
  AuditSink,
  AuditState,
  Clock,
  Directory,
  KeyStore,
  Transport,
} from '@sealwire/core';
import type { AuditSettings } from '@sealwire/policy';
import { checkpointSigner } from './checkpoint-signer.js';
import { version } from './version.js';

/** What the ends of the journeys need of the trails. */
export interface Trails {
  /** The trail of what this transport sees; the sink is one of the places that it is published to. */
  of(transport: Transport, sink: AuditSink): Trail;
  states(): readonly AuditState[];
  /** Writes the last events, publishes what the sinks take at once, and keeps the rest for the next start. */
  close(): Promise<void>;
}

export interface AuditTrailsParts {
  readonly agent: string;
  readonly settings: AuditSettings;
  readonly directory: Pick<Directory, 'signingKey'>;
  readonly keyStore: Pick<KeyStore, 'signer'>;
  readonly clock: Clock;
  readonly observers: readonly AuditObserver[];
  /** What stands in place of an event and of the agent’s name, where names are pseudonyms. */
  readonly disguise: { event(event: AuditEvent): AuditEvent; name(agent: string): string } | null;
}

/** How often it is looked for what processes that ended have left. */
const adoptEveryMs = 30_000;
const lookMs = 200;
/** How long the last checkpoints are told of when it closes. */
const tellWithinMs = 3_000;

export class AuditTrails implements Trails {
  readonly #parts: AuditTrailsParts;
  readonly #trails = new Map<Transport, AuditTrail>();
  /** By their names; of a transport those that adapters gave. */
  readonly #sinks = new Map<string, AuditSink[]>();
  readonly #file: FileSink | null;
  readonly #checkpoints: Pick<OpenTrailOptions['checkpoints'], 'everyMs' | 'events' | 'signer' | 'clock'>;
  /** By the sink beside which chains are told of. */
  readonly #witnesses = new Map<string, Witness>();
  readonly #adoption: NodeJS.Timeout;
  #adopting: Promise<void> | null = null;
  #closing = false;

  private constructor(parts: AuditTrailsParts, file: FileSink | null) {
    this.#parts = parts;
    this.#file = file;
    const { settings, keyStore, directory, clock } = parts;
    const { everyMs, events } = settings.checkpoint;
    this.#checkpoints = { everyMs, events, signer: checkpointSigner(keyStore, directory), clock };
    if (file !== null) this.#sinks.set('file', [file]);
    if (settings.sinks.includes('stdout')) this.#sinks.set('stdout', [new StdoutSink()]);
    this.#adoption = setInterval(() => {
      this.#adopting ??= this.#adopt()
        .catch(() => undefined)
        .finally(() => {
          this.#adopting = null;
        });
    }, adoptEveryMs).unref();
  }

  /** No trail is opened yet. @throws UsageError ERR_USAGE_FILE where the file for events cannot be had */
  static async open(parts: AuditTrailsParts): Promise<AuditTrails> {
    const { file } = parts.settings;
    return new AuditTrails(parts, file === null ? null : await FileSink.open(file));
  }

  of(transport: Transport, sink: AuditSink): Trail {
    const given = this.#sinks.get(transport) ?? [];
    const isNew = !given.includes(sink);
    if (isNew) {
      this.#sinks.set(transport, [...given, sink]);
      if (sink.notices !== undefined) this.#witness(transport).add(sink.notices);
    }
    let trail = this.#trails.get(transport);
    if (trail === undefined) {
      trail = this.#open(transport);
      this.#trails.set(transport, trail);
      this.#giveSinks(trail, transport);
    } else if (isNew) for (const [name, each] of this.#trails) this.#giveSinks(each, name);
    return trail;
  }

  states(): readonly AuditState[] {
    return [...this.#trails.values()].map(({ state }) => state);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#adoption);
    await this.#adopting;
    try {
      await Promise.all([...this.#trails.values()].map((trail) => trail.close()));
      await Promise.all([...this.#witnesses.values()].map((witness) => witness.close(tellWithinMs)));
    } finally {
      await this.#file?.close();
    }
  }

  /** @throws InabilityError ERR_UNABLE_AUDIT */
  #open(transport: Transport): AuditTrail {
    try {
      return openAuditTrail(this.#options(transport));
    } catch (error) {
      if (error instanceof InabilityError) throw error;
      const { folder } = this.#parts.settings.spool;
      const { code = 'damaged' } = error as { readonly code?: string };
      throw new InabilityError(
        'ERR_UNABLE_AUDIT',
        `The audit spool in ${folder} cannot be used (${code}). Give this agent a folder there that it may write to, and room on the disk, or set audit.spool.folder.`,
        { folder, reason: code },
        error,
      );
    }
  }

  #namesFor(transport: Transport): string[] {
    return [...new Set(this.#parts.settings.sinks.map((name) => (name === 'own' ? transport : name)))];
  }

  #giveSinks(trail: AuditTrail, transport: Transport): void {
    for (const name of this.#namesFor(transport))
      for (const sink of this.#sinks.get(name) ?? []) trail.add(name, sink);
  }

  #options(transport: Transport): OpenTrailOptions {
    const { agent, settings, clock, observers, disguise } = this.#parts;
    const { spool, failurePolicy, dropUntilMs } = settings;
    return {
      name: transport,
      folder: join(spool.folder, encodeURIComponent(agent), transport),
      writer: { agent: this.#name(agent), pid: process.pid, host: hostname(), version },
      sinks: this.#namesFor(transport),
      maxBytes: spool.maxBytes,
      failurePolicy,
      dropUntilMs,
      checkpoints: {
        ...this.#checkpoints,
        seen: (chain) => this.#seenBy(transport, chain),
        published: (checkpoint) => {
          for (const name of this.#namesFor(transport)) this.#witnesses.get(name)?.tell(checkpoint);
        },
      },
      disguise: (event) => disguise?.event(event) ?? event,
      observers,
      clock,
    };
  }

  /** The newest checkpoints of the other trails whose events stand wherever this one’s do, and of other processes. */
  #seenBy(transport: Transport, chain: string): SeenChain[] {
    const places = this.#namesFor(transport);
    const nowMs = this.#parts.clock.nowMs();
    const seen = [...this.#trails].flatMap(([name, { newestCheckpoint, state }]) => {
      const there = this.#namesFor(name);
      const isOld = (state.lastCheckpointAtMs ?? -Infinity) < nowMs - namedForMs;
      const isMeant = name !== transport && !isOld && places.every((place) => there.includes(place));
      return isMeant ? (newestCheckpoint ?? []) : [];
    });
    for (const place of places) {
      const except = new Set([chain, ...seen.map((each) => each.chain)]);
      seen.push(...(this.#witnesses.get(place)?.choose(maxSeen - seen.length, except) ?? []));
    }
    return seen;
  }

  #witness(place: string): Witness {
    const { agent, keyStore, directory, clock } = this.#parts;
    let witness = this.#witnesses.get(place);
    if (witness === undefined) {
      const signer = checkpointSigner(keyStore, directory);
      const nameOf = (name: string): string => this.#name(name);
      witness = new Witness({ place, agent: nameOf(agent), signer, directory, nameOf, clock });
      this.#witnesses.set(place, witness);
    }
    return witness;
  }

  /** As events name an agent. */
  #name(agent: string): string {
    return this.#parts.disguise?.name(agent) ?? agent;
  }

  /** One after the other, each until it is empty. */
  async #adopt(): Promise<void> {
    for (const transport of this.#trails.keys())
      for (const trail of abandonedTrails(this.#options(transport))) {
        this.#giveSinks(trail, transport);
        while (!this.#closing && trail.state.spooledEvents > 0)
          await new Promise((resolve) => setTimeout(resolve, lookMs).unref());
        await trail.close();
        if (this.#closing) return;
      }
  }
}
