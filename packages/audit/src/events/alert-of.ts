// Which alert an event is, if any.
import type { AuditEvent, AuditKind } from '@sealwire/core';
import { alertOfCode, type Alert } from './alert-of-code.js';

/** A code of any other event says what went wrong, not that somebody was refused. */
const alerting: ReadonlySet<AuditKind> = new Set<AuditKind>([
  'message.rejected',
  'message.received',
  'connection.refused',
  'policy.refused',
]);

/** The alert that stands in the event as `unmapped.alert`, with `is_alert: true`; `null` for all others. */
export function alertOf({ kind, code }: Pick<AuditEvent, 'kind' | 'code'>): Alert | null {
  if (kind === 'key.used_after_revocation') return 'unusual_pattern';
  return code !== null && alerting.has(kind) ? (alertOfCode[code] ?? null) : null;
}
