// Random bytes from the platform's Web Crypto.

// More is a QuotaExceededError.
const atOnce = 65_536;

/** See `Primitives.randomBytes`. */
export function randomBytes(bytes: number): Buffer {
  const random = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += atOnce) {
    globalThis.crypto.getRandomValues(random.subarray(at, at + atOnce));
  }
  return random;
}
