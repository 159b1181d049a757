// SHA-256 in one shot, as a latin1 string.
import { hash as oneShot } from 'node:crypto';

/** SHA-256 as 32 latin1 characters; no hash object and no result Buffer is made (DESIGN.md). */
export function sha256(data: Buffer): string {
  // 'binary' is latin1 under the name that the type declarations know.
  return oneShot('sha256', data, 'binary');
}
