// An event of the audit topic as a reader has it: parsed JSON (SPEC §1).

/** Its members are taken as they are, so it should be one that was found good. What is not there is left out of a mapping. */
export type ParsedEvent = Readonly<Record<string, unknown>>;

/** The member at a dotted path; undefined where there is none, or it is null. */
export function memberOf(event: ParsedEvent, path: string): unknown {
  let value: unknown = event;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as ParsedEvent)[name];
  }
  return value ?? undefined;
}

/** The same where it is a text, and no empty one. */
export function textOf(event: ParsedEvent, path: string): string | undefined {
  const value = memberOf(event, path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
