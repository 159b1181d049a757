// Runs `sealwire doctor` within a test, and finds rows in what it says.
import { command } from './command.ts';

export interface DoctorRow {
  readonly group: string;
  readonly check: string;
  readonly subject: string;
  readonly verdict: string;
  readonly evidence: string;
  readonly fix: string | null;
}

export interface Diagnosis {
  readonly exitCode: number;
  readonly rows: readonly DoctorRow[];
  /** `verdict group check`, of what is neither ok nor skipped, each once, sorted. */
  readonly complaints: readonly string[];
  /** Rows of a group, and of a check of it where one is named. */
  of(group: string, check?: string): readonly DoctorRow[];
}

/** Ports that others may use on this machine are left alone. */
export async function doctor(policy: string, ...words: string[]): Promise<Diagnosis> {
  const { exitCode, out } = await command('doctor', '--policy', policy, '--json', '--ports', '', ...words);
  const { rows } = JSON.parse(out) as { readonly rows: readonly DoctorRow[] };
  const bad = rows.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'skipped');
  return {
    exitCode,
    rows,
    complaints: [...new Set(bad.map(({ verdict, group, check }) => `${verdict} ${group} ${check}`))].sort(),
    of: (group, check) =>
      rows.filter((row) => row.group === group && (check === undefined || row.check === check)),
  };
}
