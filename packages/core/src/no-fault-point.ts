// What a fault point is in production. The `imports` of package.json put another module in its place for the crash harness.

/** Nothing. */
export const pass: (point: string) => void = () => undefined;
