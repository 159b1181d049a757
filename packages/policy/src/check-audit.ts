// What must hold of the audit section beside the other sections.
import { isTooFar, tooFar } from './acknowledged-until.js';
import type { PolicyValues } from './policy-schema.js';
import type { Problem } from './problems.js';

/** A date that is over is no problem: a full spool blocks then, which is only stricter than it was. */
export function checkAudit(audit: PolicyValues['audit'] | null, nowMs: number): Problem[] {
  const until = audit?.insecure_when_full_until;
  return until !== undefined && isTooFar(until, nowMs)
    ? [{ path: ['audit', 'insecure_when_full_until'], text: tooFar }]
    : [];
}
