// What all channels of one secureConnect call share: the two sides of Sealwire, audit, quarantine.
import type { AuditSink, ClaimGuard, Description, Inlet, Outlet, Sealwire } from '@sealwire/core';
import { AuditExchange } from './audit-exchange.js';
import type { BrokerAccess } from './broker-access.js';
import { ConfirmedWriter } from './confirmed-writer.js';
import type { Publishing } from './connect-options.js';
import { declareAudit, declareQuarantine } from './declare-target.js';
import { DeclaredQueues } from './declared-queues.js';
import { defaultHoldTimes, type HoldTimes } from './hold.js';
import { OutcomeLedger } from './outcome-ledger.js';
import { OwnConnection } from './own-connection.js';
import { QuarantineQueue } from './quarantine-queue.js';
import { sharedNotices } from './shared-notices.js';
import { Verdicts } from './verdicts.js';

/** Survives reconnects, so that sessions and their audit do too. */
export interface Link {
  readonly outlet: Outlet;
  readonly inlet: Inlet;
  /** `null` where nothing is remembered: in tests of other parts. */
  readonly claims: ClaimGuard | null;
  readonly sink: AuditSink;
  readonly outcomes: OutcomeLedger;
  readonly verdicts: Verdicts;
  readonly times: HoldTimes;
  readonly describe: ((publishing: Publishing) => Description) | null;
  readonly queues: DeclaredQueues;
  /** Those that are open. */
  readonly channels: Set<DrainingChannel>;
  /** A connection of the application’s is open: what is only read while there is one can be. */
  connected(): void;
  /** The application has closed its connection: gives up what only it needed. */
  release(): void;
}

/** A channel, as far as closing its connection concerns it. */
export interface DrainingChannel {
  beforeClose(): Promise<void>;
}

/** Makes the link of one secureConnect call. Nothing is connected yet. */
export function makeLink(
  sealwire: Sealwire,
  access: BrokerAccess,
  describe: ((publishing: Publishing) => Description) | null,
  times: HoldTimes = defaultHoldTimes,
): Link {
  const own: OwnConnection = new OwnConnection(() => access.openOwn(sink));
  const auditName = sealwire.auditTarget('rabbitmq');
  const auditWriter = new ConfirmedWriter(own, 'ERR_UNABLE_AUDIT', (open) => declareAudit(auditName, open));
  const notices = sharedNotices(sealwire, access, () => sink);
  const sink: AuditSink = new AuditExchange(auditName, auditWriter, notices);

  const settings = sealwire.quarantine('rabbitmq');
  const quarantineWriter = new ConfirmedWriter(own, 'ERR_UNABLE_QUARANTINE', (open) =>
    declareQuarantine(settings.name, settings.exchange ?? '', open),
  );
  const inlet = sealwire.inlet('rabbitmq', sink);
  const quarantine = new QuarantineQueue(settings, sealwire.agent, quarantineWriter, (rejected) =>
    inlet.testify(rejected),
  );

  const outlet = sealwire.outlet('rabbitmq', sink);
  const outcomes = new OutcomeLedger(outlet, times);
  /** Once it is over, it is not to begin again. */
  let state: 'new' | 'connected' | 'released' = 'new';
  return {
    outlet,
    inlet,
    claims: sealwire.claims('rabbitmq'),
    sink,
    outcomes,
    verdicts: new Verdicts(settings, quarantine),
    times,
    describe,
    queues: new DeclaredQueues(),
    channels: new Set(),
    connected: () => {
      if (state !== 'new') return;
      state = 'connected';
      notices?.join();
    },
    release: () => {
      outcomes.release();
      own.release();
      if (state === 'connected') notices?.leave();
      state = 'released';
    },
  };
}
