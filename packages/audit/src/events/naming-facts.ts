// Facts in which names of agents, groups and operators stand.
import type { AuditKind } from '@sealwire/core';

/** Each holds one name and nothing else. */
export const namingFacts: ReadonlySet<string> = new Set([
  // Who re-drove a message, who had rejected it, and who had sent it.
  'redriven_by',
  'rejected_by',
  'original_sender',
  // Whose key it is.
  'name',
  // The operator who allowed a re-read.
  'by',
]);

/** Texts for people in which names may stand among other words. */
export const wordyFacts: Readonly<Partial<Record<AuditKind, readonly string[]>>> = Object.freeze({
  'policy.refused': ['reason'],
  'policy.changed': ['changes'],
  'rotation.failed': ['reason'],
});
