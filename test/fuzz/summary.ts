// What a run comes to.
import type { FastavroResult } from './fastavro.ts';
import type { Finding } from './explore.ts';
import type { JazzerResult } from './jazzer.ts';
import type { WorkerResult } from './run-worker.ts';

interface Target {
  parsers: number;
  cases: number;
  accepted: number;
  valid: number;
  kept: number;
  mostBytesBeyondTwiceInput: number;
}

interface Summary {
  readonly seed: number;
  readonly seconds: number;
  readonly cases: number;
  readonly accepted: number;
  /** Valid data that was made for it; avsc was held to what was meant. */
  readonly valid: number;
  readonly crashes: number;
  readonly hangs: number;
  readonly differences: number;
  readonly refusedValid: number;
  readonly memoryBeyondBound: number;
  readonly mostBytesBeyondTwiceInput: number;
  readonly slowestMs: number;
  readonly targets: Readonly<Record<string, Target>>;
  readonly fastavro: FastavroResult;
  readonly jazzer: JazzerResult;
  readonly findings: readonly (
    Finding | NonNullable<WorkerResult['fatal']> | { kind: string; what: string }
  )[];
}

const noTarget = (): Target => ({
  parsers: 0,
  cases: 0,
  accepted: 0,
  valid: 0,
  kept: 0,
  mostBytesBeyondTwiceInput: 0,
});

export function summary(
  seed: number,
  seconds: number,
  { results, fatal }: WorkerResult,
  fastavro: FastavroResult,
  jazzer: JazzerResult,
): Summary {
  const findings = results.flatMap((result) => result.findings);
  const count = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length;
  const sum = (key: 'cases' | 'accepted' | 'valid'): number =>
    results.reduce((total, { counts }) => total + counts[key], 0);
  const most = (key: 'slowestMs' | 'mostBytesBeyondTwiceInput'): number =>
    Math.max(0, ...results.map(({ counts }) => counts[key]));
  const targets: Record<string, Target> = {};
  for (const { target, parsers, counts } of results) {
    const line = (targets[target] ??= noTarget());
    line.parsers += parsers;
    for (const key of ['cases', 'accepted', 'valid', 'kept'] as const) line[key] += counts[key];
    line.mostBytesBeyondTwiceInput = Math.max(
      line.mostBytesBeyondTwiceInput,
      Math.round(counts.mostBytesBeyondTwiceInput),
    );
  }
  return {
    seed,
    seconds: Math.round(seconds),
    cases: sum('cases'),
    accepted: sum('accepted'),
    valid: sum('valid'),
    crashes: count('crash') + (fatal?.kind === 'death' ? 1 : 0),
    hangs: fatal?.kind === 'hang' ? 1 : 0,
    differences: count('difference'),
    refusedValid: count('refused'),
    memoryBeyondBound: count('memory'),
    mostBytesBeyondTwiceInput: most('mostBytesBeyondTwiceInput'),
    slowestMs: Math.round(most('slowestMs')),
    targets,
    fastavro,
    jazzer,
    findings: [...findings, ...(fatal === null ? [] : [fatal]), ...fastavro.findings, ...jazzer.findings],
  };
}
