// Audits the connections of one SecureKafka, without drowning the trail in the failures of a reconnect loop.
import type { PeerFacts, Sealwire, AuditSink } from '@sealwire/core';
import { connectionEvent } from './connection-event.js';
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
  const report = (host: string, port: number, result: PeerFacts | Error): void => {
    if (!wanted()) return;
    // It waits in the audit trail for as long as the audit topic is away; nothing may wait for it here.
    Promise.resolve()
      .then(() => sealwire.report(sink, connectionEvent(sealwire.agent, host, port, result)))
      .catch(() => undefined);
  };
  return {
    opened: report,
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
