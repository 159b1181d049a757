// What is wrong with a policy, all of it at once.
import { UsageError } from '@sealwire/core';
import type { PolicyPath } from './policy.js';

/** One thing to mend: where, what, and what to write instead. Never quotes a value that could be a secret. */
export interface Problem {
  readonly path: PolicyPath;
  /** Points at the last key of the path in place of its value. */
  readonly atKey?: boolean;
  readonly text: string;
}

/** `channels.agent-messages.messages[0].type` */
export function dotted(path: PolicyPath): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`))
    .join('');
}

/** @throws UsageError ERR_USAGE_POLICY with one line per problem, in the order of the file; returns where there is none */
export function throwProblems(
  file: string,
  problems: readonly Problem[],
  positionOf: (path: PolicyPath, atKey?: boolean) => { line: number; column: number },
): void {
  if (problems.length === 0) return;
  const lines = problems
    .map(({ path, atKey, text }) => {
      const { line, column } = positionOf(path, atKey);
      return {
        line,
        column,
        text: `${file}:${line}:${column}: ${[dotted(path), text].filter(Boolean).join(' ')}`,
      };
    })
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ text }) => text);
  throw policyError(file, [...new Set(lines)]);
}

const maxShown = 100;

export function policyError(file: string, lines: readonly string[]): UsageError {
  const count = lines.length === 1 ? 'one problem' : `${lines.length} problems`;
  const more = lines.length > maxShown ? [`… and ${lines.length - maxShown} more.`] : [];
  const shown = [...lines.slice(0, maxShown), ...more].join('\n');
  return new UsageError('ERR_USAGE_POLICY', `${file} has ${count}:\n${shown}`, {
    problems: lines.length,
  });
}
