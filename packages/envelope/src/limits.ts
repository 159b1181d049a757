// What an envelope may hold at most (SPEC.md §10).

export const limits = Object.freeze({
  nameBytes: 255,
  audience: 32,
  wraps: 32,
  clearHeaders: 64,
  sealedHeaders: 256,
  headerValues: 256,
  treeLeaves: 4096,
  sentTreeLeaves: 64,
  headerBytes: 24 * 1024,
  sessionBytes: 32 * 1024,
});
