// Renders texts as JSON strings of visible ASCII.

/** Longest text of one field; what is longer is cut and ends in `…`. Names come from messages, which may be hostile. */
export const maxFieldCharacters = 1_024;

/** Needs nothing but quotes around it. */
const plain = /^[ !#-[\]-~]*$/;
/**
 * JSON can say half a character; readers differ in what they make of it. U+0000 ends a text in readers written in C, among
 * them rsyslog: what comes behind it would hide there.
 */
const unsafe = /[\0\p{Surrogate}]/gu;
const halfAtEnd = /[\ud800-\udbff]$/;

/** A text cut to what an event may hold of it, and well-formed. */
export function cut(text: string, maxCharacters = maxFieldCharacters): string {
  const short =
    text.length > maxCharacters ? `${text.slice(0, maxCharacters).replace(halfAtEnd, '')}…` : text;
  return short.replace(unsafe, '\ufffd');
}

/** A text, cut and rendered. */
export function jsonText(text: string, maxCharacters = maxFieldCharacters): string {
  return text.length <= maxCharacters && plain.test(text)
    ? `"${text}"`
    : inAscii(JSON.stringify(cut(text, maxCharacters)));
}

/** The members of an object, rendered; not those that are undefined. Its texts must be cut already. */
export const jsonMembers = (members: Readonly<Record<string, unknown>>): string =>
  inAscii(JSON.stringify(members)).slice(1, -1);

/**
 * JSON.stringify escapes C0 controls only. What else is not visible ASCII (line separators, C1 controls, direction marks,
 * letters that look like others) would break or forge a line, or a terminal, of whoever reads it (CWE-117, CWE-1007).
 */
function inAscii(json: string): string {
  return json.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
