// Something that was looked for: what was found, or why it was not.

export type Found<Value> = { readonly value: Value } | { readonly error: unknown };

export function found<Value>(look: () => Value): Found<Value> {
  try {
    return { value: look() };
  } catch (error) {
    return { error };
  }
}

export async function settled<Value>(work: () => Promise<Value>): Promise<Found<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}
