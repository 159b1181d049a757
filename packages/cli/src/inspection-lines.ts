// An inspection for people.
import type { InspectedField, Inspection } from '@sealwire/envelope';
import { visibleText } from './visible-text.js';

/** Longer values are cut: the whole of them is in `--json`. */
const shown = 96;

export function inspectionLines(name: string, inspection: Inspection): string[] {
  const { bytes, form, tombstone, wellFormed, problem, parts, hashes, givenSession, recordHash } = inspection;
  return [
    `${name}: ${bytes} bytes${form === null ? '' : `, ${form}`}${tombstone ? ', tombstone' : ''}`,
    wellFormed
      ? 'Well-formed. Nothing in it is verified: that is what "sealwire verify" does.'
      : `NOT well-formed: ${problem!.code}${problem!.at === null ? '' : ` at byte ${problem!.at}`}: ${problem!.message}`,
    `record hash   ${recordHash}`,
    ...(hashes === null
      ? []
      : [
          `message hash  ${hashes.message}`,
          `tree root     ${hashes.root}`,
          `session hash  ${hashes.session}`,
          `nonce         ${hashes.nonce}`,
        ]),
    ...parts.flatMap((part) => [
      `${part.name} (${part.bytes} bytes at ${part.offset})`,
      ...part.fields.map(fieldLine),
    ]),
    ...(givenSession === null ? [] : ['the session that it refers to', ...givenSession.map(fieldLine)]),
  ];
}

function fieldLine({ name, offset, bytes, value }: InspectedField): string {
  const text = Array.isArray(value)
    ? value.join(', ')
    : timed(name, value as string | number | boolean | null);
  const cut = text.length > shown ? `${text.slice(0, shown)}…` : text;
  return `  ${String(offset).padStart(6)} ${String(bytes).padStart(5)}  ${name.padEnd(16)} ${visibleText(cut)}`;
}

/** Times in both forms. */
function timed(name: string, value: string | number | boolean | null): string {
  const ms = name === 'issuedAt' ? Number(value) : name === 'epochStart' ? Number(value) * 1000 : NaN;
  const isDate = Number.isFinite(ms) && Math.abs(ms) <= 8.64e15;
  return isDate ? `${String(value)} (${new Date(ms).toISOString()})` : String(value);
}
