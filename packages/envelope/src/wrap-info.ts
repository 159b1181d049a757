// What a wrapped data key is bound to (SPEC.md §7).

const label = Buffer.from('sealwire/v1/wrap', 'ascii');

/** The HPKE `info` of a wrap: its recipient key and the session’s terms. */
export function wrapInfo(recipientKeyId: Buffer, wrapContext: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(wrapContext.length);
  return Buffer.concat([label, recipientKeyId, length, wrapContext]);
}
