// JSON of a verified payload, in the one spelling that leaves nothing to the parser (SPEC.md D-3).
import { DocumentValue } from '../document-value.js';
import { directoryError } from './directory-error.js';

/** @throws KeyError ERR_KEY_DIRECTORY where two parsers could read it differently */
export function payloadValue(where: string, text: string): DocumentValue {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw directoryError('malformed', where, 'is not JSON; sign it again with Sealwire.');
  }
  // Bytes that are no UTF-8 became U+FFFD, which no value of ours may hold: names are ASCII, and so are reasons.
  if (JSON.stringify(json) !== text)
    throw directoryError(
      'malformed',
      where,
      'is not spelt canonically (white space, a double key, an escape); sign it again with Sealwire.',
    );
  return new DocumentValue(where, '', json);
}
