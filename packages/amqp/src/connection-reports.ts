// Audits the connections of one secureConnect call, without drowning the trail in the failures of a reconnect loop.
import type { AuditEvent, AuditSink, PeerFacts, Sealwire, SealwireError } from '@sealwire/core';
import type { BrokerAddress } from './broker-address.js';
import { closedEvent, connectionEvent } from './connection-event.js';

/** A refusal for the same reason is audited once in this time, in ms. */
const quietMs = 60_000;

export class ConnectionReports {
  readonly #sealwire: Sealwire;
  readonly #address: BrokerAddress;
  readonly #refusedAtMs = new Map<string, number>();

  constructor(sealwire: Sealwire, address: BrokerAddress) {
    this.#sealwire = sealwire;
    this.#address = address;
  }

  /** @returns what is to be told how it ended: of an error that ended it, or `null` */
  opened(sink: AuditSink, facts: PeerFacts): (error: Error | null) => void {
    const openedAtMs = Date.now();
    this.#report(sink, facts);
    return (error) => {
      const ending = { openMs: Date.now() - openedAtMs, error };
      this.#tell(sink, closedEvent(this.#sealwire.agent, this.#address, ending));
    };
  }

  refused(sink: AuditSink, error: SealwireError): void {
    const nowMs = Date.now();
    if (nowMs - (this.#refusedAtMs.get(error.message) ?? -Infinity) < quietMs) return;
    this.#refusedAtMs.set(error.message, nowMs);
    this.#report(sink, error);
  }

  #report(sink: AuditSink, result: PeerFacts | SealwireError): void {
    this.#tell(sink, connectionEvent(this.#sealwire.agent, this.#address, result));
  }

  #tell(sink: AuditSink, event: AuditEvent): void {
    // It waits in the trail for as long as the audit exchange is away; nothing may wait for it here.
    Promise.resolve()
      .then(() => this.#sealwire.report('rabbitmq', sink, event))
      .catch(() => undefined);
  }
}
