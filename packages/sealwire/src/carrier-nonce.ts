// The nonce of a carrier (SPEC.md §3).

/** On stream 0. 28 bytes. */
export function carrierNonce(instance: Buffer, sequence: number): Buffer {
  const nonce = Buffer.alloc(28);
  instance.copy(nonce);
  nonce.writeBigUInt64BE(BigInt(sequence), 20);
  return nonce;
}
