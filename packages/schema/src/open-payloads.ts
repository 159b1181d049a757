// The payload checks of a whole policy, compiled when it is opened.
import { SealwireError, UsageError } from '@sealwire/core';
import { formProblem, payloadCheck, type Framing, type PayloadCheck } from './payload-check.js';
import { loadSchema, type PayloadSchema } from './payload-schema.js';

/** What a policy says of one message type on one channel. */
export interface PayloadDescription {
  readonly channel: string;
  readonly type: string;
  readonly contentType: string;
  readonly framing: Framing;
  /** The path of the schema that is sent by; `null`: the content type alone decides. */
  readonly schemaFile: string | null;
  /** Paths of schemas that are received by as well. */
  readonly acceptedFiles: readonly string[];
  /** `file:line:column` in the policy, for errors. */
  readonly place: string;
}

export interface Payloads {
  /** The hash of a schema that the policy names. */
  hashOf(file: string): Buffer;
  /**
   * The check for a message type that was sent by the schema with this hash (empty: by none).
   * `null`: there is nothing to check.
   * @throws Error where the policy does not describe it: nothing passes unchecked by mistake
   */
  checkOf(channel: string, type: string, schemaHash: Buffer): PayloadCheck | null;
}

/**
 * Reads and compiles all schemas. Each file is read once; a change takes effect at the next opening.
 * @throws UsageError ERR_USAGE_SCHEMA or ERR_USAGE_FILE, with the problems of all files
 */
export function openPayloads(
  described: readonly PayloadDescription[],
  load: (file: string) => PayloadSchema = loadSchema,
): Payloads {
  const steps = payloadsInSteps(described, load);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * As `openPayloads`, a message type a step: for whoever must not hold up an event loop.
 * @param load reads and compiles a schema; it is asked once for each file
 */
export function* payloadsInSteps(
  described: readonly PayloadDescription[],
  load: (file: string) => PayloadSchema,
): Generator<undefined, Payloads, undefined> {
  const schemas = new Map<string, PayloadSchema>();
  const faults = new Map<string, SealwireError>();
  const schemaOf = (file: string): PayloadSchema | null => {
    if (schemas.has(file) || faults.has(file)) return schemas.get(file) ?? null;
    try {
      schemas.set(file, load(file));
    } catch (error) {
      if (!(error instanceof SealwireError)) throw error;
      faults.set(file, error);
    }
    return schemas.get(file) ?? null;
  };
  const checks = new Map<string, PayloadCheck | null>();
  const misfits: string[] = [];
  for (const { channel, type, contentType, framing, schemaFile, acceptedFiles, place } of described) {
    const files = schemaFile === null ? [null] : [schemaFile, ...acceptedFiles];
    for (const file of files) {
      const schema = file === null ? null : schemaOf(file);
      if (file !== null && schema === null) continue;
      const problem = formProblem(contentType, framing, schema?.kind ?? null);
      if (problem === null)
        checks.set(
          keyOf(channel, type, schema?.hash ?? none),
          payloadCheck({ contentType, framing, schema }),
        );
      else misfits.push(`${place}: the message type ${type} ${problem}`);
    }
    yield;
  }
  throwAll([...faults.values()], misfits);
  return {
    hashOf: (file) => schemas.get(file)!.hash,
    checkOf(channel, type, schemaHash) {
      const check = checks.get(keyOf(channel, type, schemaHash));
      if (check === undefined) throw new Error(`The policy has no such payload: ${type} on ${channel}.`);
      return check;
    },
  };
}

const none = Buffer.alloc(0);
const keyOf = (channel: string, type: string, hash: Buffer): string =>
  `${channel}\0${type}\0${hash.toString('hex')}`;

function throwAll(faults: readonly SealwireError[], misfits: readonly string[]): void {
  if (faults.length === 1 && misfits.length === 0) throw faults[0]!;
  const messages = [...faults.map(({ message }) => message), ...misfits];
  if (messages.length > 0)
    throw new UsageError('ERR_USAGE_SCHEMA', messages.join('\n'), { problems: messages.length });
}
