// Rules on which keys of a map go together.

/** Says of a map which of its keys go together, whatever else is wrong with them. */
export function together(problem: (given: Readonly<Record<string, unknown>>) => string | null) {
  return [
    (given: unknown): boolean => problem(keysOf(given)) === null,
    {
      when: () => true,
      error: (issue: { input?: unknown }) => problem(keysOf(issue.input)) ?? '',
    },
  ] as const;
}

/** Says of a map that it must have one of these keys and no other of them. */
export const exactlyOne = (...keys: readonly string[]) =>
  together((given) =>
    keys.filter((key) => given[key] !== undefined).length === 1
      ? null
      : `must have either ${keys.slice(0, -1).join(', ')} or ${keys.at(-1)!}.`,
  );

export function keysOf(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
}
