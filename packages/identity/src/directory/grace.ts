// How long after its expiry a document may still be used (SPEC.md D-23).

export const defaultGraceMs = 3_600_000;
