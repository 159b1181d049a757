// What the root signs when it signs a directory.

const label = Buffer.from('sealwire/v1/directory', 'ascii');

/** "sealwire/v1/directory" ‖ u32 length, big-endian ‖ the payload's exact bytes. */
export function signedBytes(payload: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(payload.length);
  return Buffer.concat([label, length, payload]);
}
