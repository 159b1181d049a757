// Events that are published together.
import type { AuditBatch, AuditEvent } from '@sealwire/core';
import type { ChainState } from './chain-mark.js';

export interface Batch extends Pick<AuditBatch, 'lines' | 'packed'> {
  /** Events in it. */
  readonly count: number;
  /** Where the chain stands behind it. */
  readonly state: ChainState;
  /** As `ReadBatch` has it. */
  readonly needed: number;
  /** As `ReadBatch` has them. */
  readonly gaps: readonly AuditEvent[];
}
