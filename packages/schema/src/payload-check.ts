// Makes the check of a message type's payloads, from its form and its schema.
import { checkContent, mediaTypeOf } from './check-content.js';
import { checkCloudEvent } from './cloud-event.js';
import { Findings } from './findings.js';
import { parseJson } from './parse-json.js';
import type { PayloadSchema } from './payload-schema.js';

/** What stands around the data: nothing; Confluent's `00` and schema id; or a CloudEvent in JSON (structured mode). */
export type Framing = 'none' | 'confluent' | 'cloudevents';

/** What the policy says of a message type's payload. */
export interface PayloadForm {
  readonly contentType: string;
  readonly framing: Framing;
  /** `null`: the content type alone decides. */
  readonly schema: PayloadSchema | null;
}

/** @throws ValidationError ERR_VALIDATION_PAYLOAD with every violation: path and rule, nothing of the payload */
export type PayloadCheck = (payload: Buffer) => void;

const frameBytes = 5;

/**
 * Compiles the check. With `confluent` the frame must be there, and what follows it is checked; the id in it names a
 * schema in a registry, is not looked up and changes nothing. With `cloudevents` the event's own attributes are checked
 * too, and its data must be there where there is a schema.
 * @returns `null` where there is nothing to check
 * @throws Error where the schema and the content type do not go together, which `formProblem` tells beforehand
 */
export function payloadCheck(form: PayloadForm): PayloadCheck | null {
  const problem = formProblem(form.contentType, form.framing, form.schema?.kind ?? null);
  if (problem !== null) throw new Error(`unreachable: ${problem}`);
  const { contentType, framing, schema } = form;
  if (framing === 'cloudevents')
    return reporting((bytes, found) =>
      jsonValue(bytes, found, (value) => checkCloudEvent(value, schema, found)),
    );
  const check = schema === null ? checkContent(contentType) : schemaCheck(schema, isJsonType(contentType));
  if (framing === 'none') return check;
  return (payload) => {
    if (payload.length < frameBytes || payload[0] !== 0) {
      const found = new Findings();
      found.add('begins with 00 and the four bytes of a schema id');
      found.throwAny(payload.length);
    }
    check?.(payload.subarray(frameBytes));
  };
}

/** What is wrong with a combination, or `null`. */
export function formProblem(
  contentType: string,
  framing: Framing,
  kind: PayloadSchema['kind'] | null,
): string | null {
  const isJson = isJsonType(contentType);
  if (framing === 'cloudevents')
    return mediaTypeOf(contentType) === 'application/cloudevents+json'
      ? null
      : 'must have content_type application/cloudevents+json with framing cloudevents.';
  if (kind === 'json-schema' && !isJson) return 'has a JSON Schema, so content_type must be a JSON type.';
  if (kind === 'avro' && !isJson && framing === 'none' && !isAvroType(contentType))
    return 'has an Avro schema, so content_type must be avro/binary, another Avro type or a JSON type.';
  return null;
}

function schemaCheck(schema: PayloadSchema, isJson: boolean): PayloadCheck {
  const { checkValue, checkBytes } = schema;
  if (isJson) return reporting((bytes, found) => jsonValue(bytes, found, checkValue));
  return reporting(checkBytes!);
}

/** Parses, then runs a check with as many steps as the payload is worth. */
function jsonValue(bytes: Buffer, found: Findings, check: (value: unknown, found: Findings) => void): void {
  const parsed = parseJson(bytes, found);
  if (parsed === null) return;
  found.allowStepsFor(parsed.values);
  found.within(() => check(parsed.value, found));
}

function reporting(check: (bytes: Buffer, found: Findings) => void): PayloadCheck {
  return (payload) => {
    const found = new Findings();
    check(payload, found);
    found.throwAny(payload.length);
  };
}

export function isJsonType(contentType: string): boolean {
  const mediaType = mediaTypeOf(contentType);
  return mediaType === 'application/json' || mediaType.endsWith('+json');
}

/** `avro/binary`, `application/avro`, `application/vnd.apache.avro+binary`, … */
function isAvroType(contentType: string): boolean {
  return /^avro\/binary$|^application\/(.*[.+-])?avro([.+-].*)?$/.test(mediaTypeOf(contentType));
}
