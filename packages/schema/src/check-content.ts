// Whether a payload is what its content type says.
import { isUtf8 } from 'node:buffer';
import { ValidationError } from '@sealwire/core';
import { isJson } from './is-json.js';

/**
 * Makes the check for a content type: JSON types (`application/json`, `…+json`) must be one well-formed JSON text
 * (RFC 8259), `text/plain` must be UTF-8; of other types nothing is known, so nothing is checked.
 * Says nothing about what the JSON holds: that takes a schema.
 * @returns `null` where there is nothing to check
 */
export function checkContent(contentType: string): ((payload: Buffer) => void) | null {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) return checkJson;
  return mediaType === 'text/plain' ? checkText : null;
}

/** Parameters and case do not change what it is (RFC 9110 §8.3.1). */
export function mediaTypeOf(contentType: string): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase();
}

/** @throws ValidationError ERR_VALIDATION_PAYLOAD */
function checkJson(payload: Buffer): void {
  checkText(payload);
  if (isJson(payload)) return;
  throw new ValidationError(
    'ERR_VALIDATION_PAYLOAD',
    'The payload is not JSON, as its route says it is. Send JSON, or give the route another content_type.',
    { bytes: payload.length },
  );
}

/** @throws ValidationError ERR_VALIDATION_PAYLOAD */
function checkText(payload: Buffer): void {
  if (isUtf8(payload)) return;
  throw new ValidationError(
    'ERR_VALIDATION_PAYLOAD',
    'The payload is not UTF-8, as its content type asks. Send UTF-8, or give the route another content_type.',
    { bytes: payload.length },
  );
}
