// How much an event matters to who watches.
import type { AuditEvent } from '@sealwire/core';
import type { Alert } from './alert-of-code.js';

export const severities = { 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High' } as const;

export type SeverityId = keyof typeof severities;

export function severityOf({ kind, outcome, code, facts }: AuditEvent, alert: Alert | null): SeverityId {
  if (alert !== null) return alert === 'validation_failure' ? 3 : 4;
  switch (kind) {
    case 'audit.gap':
      return 4;
    case 'rotation.failed':
    case 'policy.refused':
    case 'connection.refused':
    case 'message.rejected':
    case 'key.revoked':
    case 'replay.allowed':
      return 3;
    case 'policy.changed':
      return Number(facts['weaker'] ?? 0) > 0 ? 3 : 1;
    case 'message.duplicate':
    case 'quarantine.redriven':
    case 'quarantine.purged':
      return 2;
    default:
      return outcome === 'failed' || outcome === 'unknown' || code !== null ? 2 : 1;
  }
}
