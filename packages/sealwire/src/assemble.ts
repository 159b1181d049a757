// A Sealwire of its parts: the stages’ ends, the audit trails that they share, and what closes when.
import type { Trail } from '@sealwire/audit';
import { UsageError } from '@sealwire/core';
import type {
  AuditEvent,
  AuditSink,
  AuditTopicRules,
  ClaimGuard,
  ConnectionGuard,
  Inlet,
  Outlet,
  ReplayRules,
  Sealwire,
  SessionTopic,
  Transport,
} from '@sealwire/core';
import type { Trails } from './audit-trails.js';
import { followInlet } from './follow-inlet.js';
import { KnownToSeal } from './known-to-seal.js';
import { OneTopicAChannel } from './one-topic-a-channel.js';
import { openOutlet } from './open-outlet.js';
import { openRedriver } from './open-redriver.js';
import { noReplayRules } from './replay-rules.js';
import { RevokedKeyUses } from './revoked-key-uses.js';
import { sessionRules } from './session-rules.js';
import type { StageParts } from './stages.js';

/** What a Sealwire needs beside its stages. */
export interface Surroundings {
  readonly trails: Trails;
  claims?(transport: Transport): ClaimGuard | null;
  connection(transport: Transport): ConnectionGuard;
  readonly quarantine: Readonly<Record<Transport, ReturnType<Sealwire['quarantine']>>>;
  readonly auditTarget: Readonly<Record<Transport, string>>;
  readonly auditTopic?: AuditTopicRules | null;
  readonly noticeExchange?: string | null;
  /** Is given the way into the first audit trail that there is: for what no client of its own reports. */
  firstTrail?(record: (event: AuditEvent) => void): void;
  /** What must have ended before the trails are flushed. */
  beforeClose?(): Promise<void>;
  /** Forgets keys; called when the trail is flushed. */
  forget?(): Promise<void>;
  readonly sessionTopics?: readonly SessionTopic[];
  readonly replay?: ReplayRules;
}

/**
 * Puts a Sealwire together from its parts: what openSealwire does once everything is read.
 * @param given the parts, or how to ask for those in force
 */
export function assemble(given: StageParts | (() => StageParts), surroundings: Surroundings): Sealwire {
  const now = typeof given === 'function' ? given : () => given;
  const parts = now();
  const { trails } = surroundings;
  const guards = new Map<Transport, ConnectionGuard>();
  const topics = new OneTopicAChannel();
  const known = new KnownToSeal();
  const revoked = new RevokedKeyUses();
  let closed = false;
  let closing: Promise<void> | null = null;

  function requireOpen(): void {
    if (closed) throw new UsageError('ERR_USAGE_CLOSED', 'This Sealwire is closed. Open another one.');
  }

  async function close(): Promise<void> {
    closed = true;
    await surroundings.beforeClose?.();
    try {
      await trails.close();
    } finally {
      await surroundings.forget?.();
    }
  }

  let isFirst = true;
  function trailOf(transport: Transport, sink: AuditSink): Trail {
    requireOpen();
    const trail = trails.of(transport, sink);
    // What it says waits in the trail; one that was closed meanwhile takes no more.
    if (isFirst) surroundings.firstTrail?.((event) => void trail.record([event]).catch(() => undefined));
    isFirst = false;
    return trail;
  }

  return {
    agent: parts.agent,
    get maxMessageBytes() {
      return now().maxMessageBytes;
    },
    synchronous: parts.keyStore.synchronous,
    outlet(transport, sink) {
      const outlet = openOutlet(now, trailOf(transport, sink));
      // What began before is refused in `finish`, by the audit trail.
      const begin: Outlet['begin'] = (batch) => {
        requireOpen();
        return outlet.begin(batch);
      };
      const sealLater: Outlet['sealLater'] = async (batch) => {
        requireOpen();
        return outlet.sealLater(batch);
      };
      const inClear: Outlet['inClear'] = (batch) => {
        requireOpen();
        return outlet.inClear(batch);
      };
      return { ...outlet, begin, sealLater, inClear, seal: (batch) => outlet.finish(begin(batch)) };
    },
    claims: (transport) => surroundings.claims?.(transport) ?? null,
    sessions: sessionRules(parts, surroundings.sessionTopics ?? []),
    inlet(transport, sink, options) {
      const inlet = followInlet(now, trailOf(transport, sink), topics, { known, revoked }, options);
      const open: Inlet['open'] = async (batch, memory) => {
        requireOpen();
        return inlet.open(batch, memory);
      };
      return { ...inlet, open };
    },
    replay: surroundings.replay ?? noReplayRules,
    connection(transport) {
      let guard = guards.get(transport);
      if (guard === undefined) guards.set(transport, (guard = surroundings.connection(transport)));
      return guard;
    },
    quarantine: (transport) => surroundings.quarantine[transport],
    auditTarget: (transport) => surroundings.auditTarget[transport],
    auditTopic: surroundings.auditTopic ?? null,
    noticeExchange: surroundings.noticeExchange ?? null,
    redriver() {
      requireOpen();
      return openRedriver(now());
    },
    report: (transport, sink, event) => trailOf(transport, sink).report([event]),
    auditStates: () => trails.states(),
    close: () => (closing ??= close()),
  };
}
