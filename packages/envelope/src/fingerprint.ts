// CRC-64-AVRO of a schema in parsing canonical form (Avro 1.11, “Schema Fingerprints”).

const empty = 0xc15d213aa4d7a795n;

/** @returns the fingerprint as single-object encoding wants it: 8 bytes, little-endian. */
export function fingerprint(canonicalSchema: string): Buffer {
  let crc = empty;
  for (const byte of Buffer.from(canonicalSchema, 'utf8')) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (empty & -(crc & 1n));
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, crc));
  return bytes;
}
