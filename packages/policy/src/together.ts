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

export function keysOf(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
}
