// Runs a verifier over lines, and gives what it said.
import {
  AuditVerifier,
  type AuditSummary,
  type ChainSummary,
  type Finding,
  type Trust,
} from '../../src/index.js';

export interface Verified {
  readonly summary: AuditSummary;
  readonly findings: readonly Finding[];
  readonly chains: readonly ChainSummary[];
  /** Findings that mean something is wrong, short: kind, chain's first digits, sequences. */
  readonly wrong: readonly string[];
}

export function verified(
  lines: readonly Buffer[],
  trust: Trust,
  options: Partial<ConstructorParameters<typeof AuditVerifier>[0]> = {},
): Verified {
  const findings: Finding[] = [];
  const verifier = new AuditVerifier({ trust, onFinding: (finding) => findings.push(finding), ...options });
  lines.forEach((line, at) => verifier.take(line, { line: at + 1 }));
  const chains: ChainSummary[] = [];
  const summary = verifier.end((chain) => chains.push(chain));
  return {
    summary,
    findings,
    chains,
    wrong: findings
      .filter(({ severity }) => severity === 'finding')
      .map(({ kind, first, last }) => `${kind} ${first === last ? first : `${first}-${last}`}`),
  };
}
