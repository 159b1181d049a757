// `sealwire schema check|diff`: the command line of payload schemas.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { loadSchema } from '@sealwire/schema';
import { compareSchemas, type SchemaComparison } from './compare-schemas.js';
import { describeSchema, type SchemaDescription } from './describe-schema.js';
import { printResult, type Outcome } from './outcome.js';
import type { OutputOptions, Streams } from './output.js';

const directions = ['backward', 'forward', 'both'] as const;
type Direction = (typeof directions)[number];

export function addSchema(program: Command, streams: Streams, outcome: Outcome): void {
  const schema = program
    .command('schema')
    .summary('work with payload schemas')
    .description('Works with payload schemas: Avro (.avsc) and JSON Schema (.json).');
  schema
    .command('check')
    .summary('compile schemas and tell everything that is wrong with them')
    .description(
      'Compiles schemas as a policy that names them would, and prints what names each: the hash that goes with messages, and for Avro the fingerprints of its parsing canonical form.',
    )
    .argument('<files...>', 'schemas')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire schema check schemas/task.avsc
  sealwire schema check schemas/*.avsc schemas/*.schema.json --json

Exit codes: 0 all are good, 1 one is not, 2 wrong command line.`,
    )
    .action((files: readonly string[], options: OutputOptions) => {
      const schemas = files.map(describeSchema);
      const ok = schemas.every(({ problem }) => problem === null);
      printResult(streams, options, outcome, ok, { schemas }, schemas.flatMap(describedLines));
    });
  schema
    .command('diff')
    .summary('whether two Avro schemas are compatible, and in which direction')
    .description(
      'Compares two versions of an Avro schema by Avro’s rules: backward, whether a reader of the new one reads what the old one wrote; forward, the other way. Constraints are not Avro’s: what was added and removed of them is listed, and judged by nobody.',
    )
    .argument('<old>', 'the older .avsc')
    .argument('<new>', 'the newer .avsc')
    .option('--direction <which>', `what has to hold: ${directions.join(', ')}`, 'both')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire schema diff task-v1.avsc task-v2.avsc
  sealwire schema diff task-v1.avsc task-v2.avsc --direction backward --json

Exit codes: 0 compatible, 1 not compatible or not a schema, 2 wrong command line.`,
    )
    .action((older: string, newer: string, options: OutputOptions & { readonly direction: string }) => {
      const direction = directions.find((name) => name === options.direction);
      if (direction === undefined)
        throw new UsageError('ERR_USAGE_ARGUMENT', `--direction must be one of ${directions.join(', ')}.`);
      const comparison = compareSchemas(avroOf(older), avroOf(newer));
      const ok = holds(comparison, direction);
      printResult(streams, options, outcome, ok, { direction, ...comparison }, comparedLines(comparison));
    });
}

function avroOf(file: string) {
  if (!file.endsWith('.avsc'))
    throw new UsageError('ERR_USAGE_ARGUMENT', `${file} is no .avsc; Avro schemas are compared, no others.`);
  const { hash, type } = loadSchema(file);
  return { hash, type: type! };
}

function holds({ backward, forward }: SchemaComparison, direction: Direction): boolean {
  return (
    (direction === 'forward' || backward.length === 0) && (direction === 'backward' || forward.length === 0)
  );
}

function describedLines({ file, problem, kind, hash, fingerprints }: SchemaDescription): string[] {
  if (problem !== null) return [problem];
  return [
    `${file} is good (${kind === 'avro' ? 'Avro' : 'JSON Schema'}).`,
    `  hash    ${hash!}`,
    ...(fingerprints === null ? [] : [`  CRC-64  ${fingerprints.crc64}`, `  SHA-256 ${fingerprints.sha256}`]),
  ];
}

function comparedLines({
  backward,
  forward,
  sameBytes,
  constraints,
  older,
  newer,
}: SchemaComparison): string[] {
  const direction = (name: string, faults: readonly string[]): string[] => [
    `${name}: ${faults.length === 0 ? 'compatible' : 'not compatible'}`,
    ...faults.map((fault) => `  ${fault}`),
  ];
  return [
    ...direction('Backward (new reads old)', backward),
    ...direction('Forward (old reads new)', forward),
    `CRC-64: ${older.crc64} → ${newer.crc64}${sameBytes ? ' (the bytes are the same)' : ''}`,
    `Hash: ${older.hash} → ${newer.hash}`,
    ...constraints.added.map((rule) => `+ ${rule}`),
    ...constraints.removed.map((rule) => `- ${rule}`),
  ];
}
