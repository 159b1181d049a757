// One row of the doctor’s table: what was looked at, what it comes to, and what to do about it.

/**
 * `ok`: looked at, and as it should be. `warn`: works, and should be better. `fail`: to be mended. `not enforced`: the policy
 * asks for what this version does not do. `unknown`: could not be looked at from here. `skipped`: was not looked at.
 */
export type Verdict = 'ok' | 'warn' | 'fail' | 'not enforced' | 'unknown' | 'skipped';

/** In the order of the table. */
export const groups = [
  'process',
  'policy',
  'controls',
  'files',
  'directory',
  'keys',
  'replay',
  'certificates',
  'listeners',
  'tls',
  'sasl',
  'clocks',
  'topics',
  'queues',
  'quarantine',
  'audit',
  'acl',
  'sealed',
] as const;
export type Group = (typeof groups)[number];

export interface Row {
  readonly group: Group;
  /** What is looked at, in a word or two: the same in every version. */
  readonly check: string;
  /** Of what: a file, an agent, a topic, an address. */
  readonly subject: string;
  readonly verdict: Verdict;
  /** What was seen. Never a secret. */
  readonly evidence: string;
  /** What to do; `null` where there is nothing to do. */
  readonly fix: string | null;
}

type Without = (subject: string, evidence: string) => Row;
type With = (subject: string, evidence: string, fix: string) => Row;

/** Makes the rows of one check. */
export interface RowMaker {
  readonly ok: Without;
  readonly warn: With;
  readonly fail: With;
  readonly notEnforced: With;
  readonly unknown: With;
  readonly skipped: (subject: string, evidence: string, fix?: string) => Row;
}

export function rowsOf(group: Group, check: string): RowMaker {
  const row =
    (verdict: Verdict) =>
    (subject: string, evidence: string, fix: string | null = null): Row => ({
      group,
      check,
      subject,
      verdict,
      evidence,
      fix,
    });
  return {
    ok: row('ok'),
    warn: row('warn'),
    fail: row('fail'),
    notEnforced: row('not enforced'),
    unknown: row('unknown'),
    skipped: row('skipped'),
  };
}
