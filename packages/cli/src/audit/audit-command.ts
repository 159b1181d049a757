// `sealwire audit …`.
import type { Command } from 'commander';
import type { Outcome } from '../outcome.js';
import type { Streams } from '../output.js';
import { addAuditVerify } from './audit-verify.js';
import { addCheckProof } from './check-proof-command.js';
import { addProve } from './prove-command.js';

export function addAudit(program: Command, streams: Streams, outcome: Outcome): void {
  const audit = program
    .command('audit')
    .summary('check the audit trail, and prove what it has')
    .description('Works on the audit trail: what every agent sent, received and refused.');
  addAuditVerify(audit, streams, outcome);
  addProve(audit, streams, outcome);
  addCheckProof(audit, streams, outcome);
}
