// What is wrong with a schema file, all of it at once.
import { UsageError } from '@sealwire/core';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing to mend. */
export interface SchemaProblem {
  /** JSON pointer into the schema. */
  readonly pointer: string;
  readonly text: string;
}

/** What makes reading on pointless. */
export class SchemaFault extends Error {
  readonly place: Place;
  constructor(text: string, place: Place) {
    super(text);
    this.place = place;
  }
}

const maxShown = 50;

/** @throws UsageError ERR_USAGE_SCHEMA with one line for each problem; returns where there is none */
export function throwSchemaProblems(
  file: string,
  problems: readonly SchemaProblem[],
  positionOf: (pointer: string) => Place,
): void {
  if (problems.length === 0) return;
  const lines = problems
    .map(({ pointer, text }) => ({ ...positionOf(pointer), text: `${pointed(pointer)} ${text}` }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`);
  throw schemaError(file, [...new Set(lines)]);
}

export const pointed = (pointer: string): string => (pointer === '' ? 'the schema' : pointer);

export function schemaError(file: string, lines: readonly string[]): UsageError {
  const count = lines.length === 1 ? 'one problem' : `${lines.length} problems`;
  const more = lines.length > maxShown ? [`… and ${lines.length - maxShown} more.`] : [];
  return new UsageError(
    'ERR_USAGE_SCHEMA',
    `${file} has ${count}:\n${[...lines.slice(0, maxShown), ...more].join('\n')}`,
    { problems: lines.length },
  );
}
