// What the sender’s signature covers: the root of a batch’s tree (SPEC.md §8).

const label = Buffer.from('sealwire/v1/batch-root', 'ascii');

/** @param root 32 bytes as a latin1 string */
export function rootMessage(suite: number, senderKeyId: Buffer, treeSize: number, root: string): Buffer {
  const message = Buffer.allocUnsafe(label.length + 2 + 16 + 4 + 32);
  let at = label.copy(message);
  at = message.writeUInt16BE(suite, at);
  at += senderKeyId.copy(message, at);
  at = message.writeUInt32BE(treeSize, at);
  message.write(root, at, 32, 'latin1');
  return message;
}
