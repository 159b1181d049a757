// What agents and groups may be called, and how a name becomes a folder's or a file's.

const maxNameBytes = 255;

/** What a name must be, for error messages. */
export const nameRule = `1 to ${maxNameBytes} visible ASCII characters, without spaces, and not "." or ".."`;

/** SPIFFE ids are names too. Spaces and control characters are not: they would make two names look alike in a log. */
export function isName(text: string): boolean {
  return text.length <= maxNameBytes && /^[\x21-\x7e]+$/.test(text) && text !== '.' && text !== '..';
}

/** The name as one path segment: it can hold no separator and mean no other folder. */
export function folderName(name: string): string {
  return encodeURIComponent(name);
}
