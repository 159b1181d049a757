// What reconciling keeps of one event of a message, as bytes of one length.

/** `sent`: acknowledged; `tried`: failed, or nobody knows: it need not have been received. */
export type MessageRole = 'sent' | 'tried' | 'received';

export interface MessageRecord {
  readonly role: MessageRole;
  /** Message hash, or record hash of what was not sealed: 32 latin1 characters. */
  readonly hash: string;
  readonly timeMs: number;
  /** Numbers of a `NameTable`. */
  readonly writer: number;
  readonly recipients: number;
  readonly channel: number;
  /** 32 hex digits. */
  readonly chain: string;
  readonly sequence: number;
}

export const recordBytes = 77;
const roles: readonly MessageRole[] = ['sent', 'tried', 'received'];

/** @param hash 64 hex digits */
export function writeRecord(
  target: Buffer,
  at: number,
  record: Omit<MessageRecord, 'hash'>,
  hash: string,
): void {
  target[at] = roles.indexOf(record.role);
  target.write(hash, at + 1, 'hex');
  target.writeDoubleLE(record.timeMs, at + 33);
  target.writeUInt32LE(record.writer, at + 41);
  target.writeUInt32LE(record.recipients, at + 45);
  target.writeUInt32LE(record.channel, at + 49);
  target.write(record.chain, at + 53, 'hex');
  target.writeDoubleLE(record.sequence, at + 69);
}

export function readRecord(source: Buffer, at: number): MessageRecord {
  return {
    role: roles[source[at]!] ?? 'tried',
    hash: source.toString('latin1', at + 1, at + 33),
    timeMs: source.readDoubleLE(at + 33),
    writer: source.readUInt32LE(at + 41),
    recipients: source.readUInt32LE(at + 45),
    channel: source.readUInt32LE(at + 49),
    chain: source.toString('hex', at + 53, at + 69),
    sequence: source.readDoubleLE(at + 69),
  };
}
