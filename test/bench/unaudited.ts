// A Sealwire whose audit events lead nowhere: it isolates what sealing and opening cost from what writing the audit topic costs.
import type { AuditSink, Sealwire } from '@sealwire/core';

const nowhere: AuditSink = { write: () => Promise.resolve() };

/**
 * The same Sealwire with every sink replaced. Events are still made, put into lines and waited for; only the write is
 * left out. For measuring: a pipeline that runs like this has no audit trail.
 */
export function unaudited(sealwire: Sealwire): Sealwire {
  return {
    ...sealwire,
    outlet: (transport) => sealwire.outlet(transport, nowhere),
    inlet: (transport, _sink, options) => sealwire.inlet(transport, nowhere, options),
    report: () => Promise.resolve(),
  };
}
