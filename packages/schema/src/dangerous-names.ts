// Names that reach an object's prototype, where a decoder sets what it decodes as properties.

const names: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export function isDangerousName(name: string): boolean {
  return names.has(name);
}
