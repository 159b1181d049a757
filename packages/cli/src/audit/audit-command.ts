// `sealwire audit …`.
import type { Command } from 'commander';
import type { Outcome } from '../outcome.js';
import type { Streams } from '../output.js';
import { addAuditVerify } from './audit-verify.js';

export function addAudit(program: Command, streams: Streams, outcome: Outcome): void {
  const audit = program
    .command('audit')
    .summary('check the audit trail')
    .description('Works on the audit trail: what every agent sent, received and refused.');
  addAuditVerify(audit, streams, outcome);
}
