// Audits the connections of one SecureKafka, without drowning the trail in the failures of a reconnect loop.
import type { AuditEvent, PeerFacts, Sealwire, AuditSink } from '@sealwire/core';
import { closedEvent, connectionEvent } from './connection-event.js';
import type { ConnectionObserver } from './connection.js';

/** A refusal for the same reason at the same place is audited once in this time. */
const quietMs = 60_000;

/**
 * @param wanted whether a client of the application is connected or connecting. A connection that only the audit
 *   needs for itself is not reported: its report would need a connection again, without end.
 */
export function connectionReports(
  sealwire: Sealwire,
  sink: AuditSink,
  wanted: () => boolean,
): ConnectionObserver {
  const refusedAtMs = new Map<string, number>();
  const tell = (event: AuditEvent): void => {
    // It waits in the audit trail for as long as the audit topic is away; nothing may wait for it here.
    Promise.resolve()
      .then(() => sealwire.report('kafka', sink, event))
      .catch(() => undefined);
  };
  const report = (host: string, port: number, result: PeerFacts | Error): boolean => {
    if (!wanted()) return false;
    tell(connectionEvent(sealwire.agent, host, port, result));
    return true;
  };
  return {
    opened(host, port, peer) {
      const openedAtMs = Date.now();
      if (!report(host, port, peer)) return undefined;
      return (error) => {
        // What ends with the last client of the application ends as it should, and needs no connection to say so.
        if (!wanted()) return;
        tell(closedEvent(sealwire.agent, host, port, { openMs: Date.now() - openedAtMs, error }));
      };
    },
    refused: (host, port, error) => {
      const { code = error.name } = error as { code?: string };
      const place = `${host}:${port} ${code}`;
      const nowMs = Date.now();
      if (nowMs - (refusedAtMs.get(place) ?? -Infinity) < quietMs) return;
      refusedAtMs.set(place, nowMs);
      report(host, port, error);
    },
  };
}
