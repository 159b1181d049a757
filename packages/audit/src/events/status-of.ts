// How what an event tells of ended, in OCSF’s terms.
import type { AuditEvent } from '@sealwire/core';

export interface Status {
  readonly id: 0 | 1 | 2 | 99;
  readonly name: string;
}

const unknown: Status = { id: 0, name: 'Unknown' };
const success: Status = { id: 1, name: 'Success' };
const failure: Status = { id: 2, name: 'Failure' };
const skipped: Status = { id: 99, name: 'Skipped' };

export function statusOf({ kind, outcome }: Pick<AuditEvent, 'kind' | 'outcome'>): Status {
  switch (outcome) {
    case 'acknowledged':
    case 'delivered':
      return success;
    case 'skipped':
      return skipped;
    case 'unknown':
      return unknown;
    case 'dropped':
      // What is purged was meant to be dropped.
      return kind === 'quarantine.purged' ? success : failure;
    case 'failed':
    case 'quarantined':
    case 'halted':
      return failure;
  }
}
