// Full names of Avro types (Avro specification, “Names”).

const fullName = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;

/** The full name of a definition, and the namespace of what stands inside it; `null` where the name is not valid. */
export function namesOf(
  schema: Readonly<Record<string, unknown>>,
  enclosing: string,
): { readonly full: string; readonly namespace: string } | null {
  const { name, namespace = enclosing } = schema;
  if (typeof name !== 'string' || typeof namespace !== 'string') return null;
  const full = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
  if (!fullName.test(full)) return null;
  return { full, namespace: full.slice(0, Math.max(0, full.lastIndexOf('.'))) };
}
