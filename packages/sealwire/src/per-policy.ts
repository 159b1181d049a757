// What is made of the policy in force, once for each.

/** @returns what was made of the parts in force now */
export function perPolicy<Parts, Made>(now: () => Parts, make: (parts: Parts) => Made): () => Made {
  let last: { readonly parts: Parts; readonly made: Made } | null = null;
  return () => {
    const parts = now();
    if (last?.parts !== parts) last = { parts, made: make(parts) };
    return last.made;
  };
}
