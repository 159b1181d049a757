// Rebuilds a header table as amqplib decoded it: own keys only, because a header named `__proto__` sets its prototype.

/** Deeper tables come only from an attacker; what lies below is left out. */
const maxDepth = 32;

/** A copy without `__proto__` at any depth. Buffers are kept as they are: views on what was received. */
export function cleanTable(table: unknown, depth = 0): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  if (table === null || typeof table !== 'object') return clean;
  for (const [name, value] of Object.entries(table))
    if (name !== '__proto__') clean[name] = cleanValue(value, depth);
  return clean;
}

function cleanValue(value: unknown, depth: number): unknown {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value;
  if (depth >= maxDepth) return null;
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, depth + 1));
  return cleanTable(value, depth + 1);
}
