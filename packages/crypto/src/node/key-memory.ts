// Memory for key material, apart from the pool that Buffer shares with everything else.

const slabBytes = 8192;
let slab = Buffer.alloc(slabBytes);
let used = 0;

/**
 * Zeroed memory that is never handed out again. Other than Buffer's pool it holds nothing but keys, so code that passes a
 * small Buffer's whole `.buffer` on (a frequent mistake) passes no key on; other than a Buffer of its own it costs a
 * twentieth where keys are made for every batch.
 */
export function keyMemory(bytes: number): Buffer {
  if (bytes > slabBytes) return Buffer.alloc(bytes);
  if (used + bytes > slabBytes) {
    slab = Buffer.alloc(slabBytes);
    used = 0;
  }
  const memory = slab.subarray(used, used + bytes);
  used += bytes;
  return memory;
}
