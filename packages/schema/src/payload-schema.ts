// A schema file, compiled once.
import { readFileSync } from 'node:fs';
import { SealwireError, UsageError } from '@sealwire/core';
import { schemaHash } from './canonical-json.js';
import { checkBytes } from './check-bytes.js';
import { checkValue, type ValueCheck } from './check-value.js';
import type { Findings } from './findings.js';
import { compileJsonSchema } from './json-schema.js';
import { parseLocated, type LocatedJson } from './located-json.js';
import type { PayloadType } from './payload-type.js';
import { readPayloadType } from './read-payload-type.js';
import { scanner } from './scanner.js';
import { SchemaFault, schemaError, throwSchemaProblems } from './schema-problems.js';

/** What a payload is held to. */
export interface PayloadSchema {
  readonly kind: 'avro' | 'json-schema';
  /** What names it to the other end: SHA-256 of its canonical JSON (RFC 8785), 32 bytes. */
  readonly hash: Buffer;
  /** `null` for JSON Schema. */
  readonly type: PayloadType | null;
  /** Checks a value that was parsed from JSON. */
  readonly checkValue: ValueCheck;
  /** Checks Avro binary. `null` for JSON Schema. @throws ValidationError where it is not Avro */
  readonly checkBytes: ((bytes: Buffer, found: Findings) => void) | null;
}

const maxFileBytes = 1024 * 1024;
/** The policy limits messages to this. */
const maxPayloadBytes = 64 * 1024 * 1024;

/**
 * Reads and compiles a schema: `.avsc` is Avro, `.json` is JSON Schema (draft 2020-12). It is taken from this file
 * alone: what refers elsewhere is refused.
 * @throws UsageError ERR_USAGE_FILE; ERR_USAGE_SCHEMA with every problem, each as `file:line:column`
 */
export function loadSchema(file: string): PayloadSchema {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(
      'ERR_USAGE_FILE',
      `The schema ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}); correct the path.`,
    );
  }
  return compileSchema(file, bytes);
}

/**
 * As `loadSchema`, for bytes that were read already.
 * @param file tells by its ending what it is, and is named in errors
 * @throws UsageError ERR_USAGE_SCHEMA
 */
export function compileSchema(file: string, bytes: Buffer): PayloadSchema {
  const isAvro = file.endsWith('.avsc');
  if (!isAvro && !file.endsWith('.json'))
    throw schemaError(file, [
      `${file}:1:1: ends neither in .avsc (Avro) nor in .json (JSON Schema); rename it.`,
    ]);
  const located = parsed(file, bytes);
  return isAvro ? avro(file, located) : jsonSchema(file, located);
}

function parsed(file: string, bytes: Buffer): LocatedJson {
  if (bytes.length > maxFileBytes)
    throw schemaError(file, [`${file}:1:1: is larger than 1 MiB; it is no schema.`]);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw schemaError(file, [`${file}:1:1: is not UTF-8; save it as UTF-8.`]);
  }
  try {
    return parseLocated(text);
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error;
    const { line, column } = error.place;
    throw schemaError(file, [`${file}:${line}:${column}: ${error.message}`]);
  }
}

function avro(file: string, { value, positionOf }: LocatedJson): PayloadSchema {
  const { type, problems } = readPayloadType(value);
  throwSchemaProblems(file, problems, positionOf);
  const scan = scanOf(file, value);
  const constraints = checkBytes(type);
  return {
    kind: 'avro',
    hash: schemaHash(value),
    type,
    checkValue: checkValue(type),
    checkBytes(bytes, found) {
      scan(bytes);
      constraints?.(bytes, found);
    },
  };
}

/** The scanner reads schemas for itself; what it refuses beyond the above is a schema without finite values. */
function scanOf(file: string, schema: unknown): ReturnType<typeof scanner> {
  try {
    return scanner(schema, { bytes: maxPayloadBytes, stringBytes: maxPayloadBytes, wideLongs: true });
  } catch (error) {
    if (error instanceof SealwireError) throw schemaError(file, [`${file}:1:1: ${error.message}`]);
    throw error;
  }
}

function jsonSchema(file: string, { value, positionOf }: LocatedJson): PayloadSchema {
  const compiled = compileJsonSchema(value);
  if (typeof compiled === 'function')
    return {
      kind: 'json-schema',
      hash: schemaHash(value),
      type: null,
      checkValue: compiled,
      checkBytes: null,
    };
  throwSchemaProblems(file, compiled, positionOf);
  throw new Error('unreachable');
}
