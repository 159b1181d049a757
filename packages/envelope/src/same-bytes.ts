// Compares short byte strings.

/** Whether two byte strings are equal. For a few bytes a loop beats the way into native code. Not constant in time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
