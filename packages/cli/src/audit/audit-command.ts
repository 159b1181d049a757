// `sealwire audit …`.
import type { Command } from 'commander';
import type { Outcome } from '../outcome.js';
import type { Streams } from '../output.js';
import { addAuditStats } from './audit-stats.js';
import { addAuditTail } from './audit-tail.js';
import { addAuditVerify } from './audit-verify.js';
import { addCheckProof } from './check-proof-command.js';
import { addProve } from './prove-command.js';

export function addAudit(program: Command, streams: Streams, outcome: Outcome): void {
  const audit = program
    .command('audit')
    .summary('look at the audit trail, check it, and prove what it has')
    .description('Works on the audit trail: what every agent sent, received and refused.');
  addAuditTail(audit, streams, outcome);
  addAuditStats(audit, streams, outcome);
  addAuditVerify(audit, streams, outcome);
  addProve(audit, streams, outcome);
  addCheckProof(audit, streams, outcome);
}
