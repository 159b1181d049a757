// Names as YAML text that cannot be read as anything else.

/** JSON strings are YAML strings. */
export function quoted(name: string): string {
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(name) ? name : JSON.stringify(name);
}

export function nameList(names: readonly string[]): string {
  return `[${names.map(quoted).join(', ')}]`;
}
