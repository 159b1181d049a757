// Keeps deeply nested header tables from amqplib’s decoder, which calls itself for each level.

/** No honest header comes near it. */
const maxDepth = 64;

const headerFrame = 2;
/** Type, channel and size. */
const frameHeaderBytes = 7;
/** Class, weight, body size and flags of a content header. */
const contentHeaderBytes = 14;
const [hasContentType, hasContentEncoding, hasHeaders] = [0x8000, 0x4000, 0x2000];

/** What of amqplib’s connection is relied on. Not in its types; its version is pinned below 3. */
export interface FrameReader {
  /** What was received and not decoded yet, from the start of a frame. */
  rest: Buffer;
  recvFrame(): unknown;
}

/**
 * Without this a header of 24 KB that nests 4,000 tables, which RabbitMQ carries, ends the connection of whoever consumes it
 * with a stack overflow, and again when it is delivered again, for ever. The table is replaced by one with a single header
 * without a name, in place, so that the message can be judged like any other.
 */
export function limitHeaderDepth(connection: FrameReader): void {
  const receive = connection.recvFrame.bind(connection);
  connection.recvFrame = () => {
    defuse(connection.rest);
    return receive();
  };
}

/** @param rest changed in place where it starts with a complete content header that nests too deep */
function defuse(rest: Buffer): void {
  if (rest.length < frameHeaderBytes + contentHeaderBytes || rest[0] !== headerFrame) return;
  const end = frameHeaderBytes + rest.readUInt32BE(3);
  if (rest.length < end + 1) return;
  const start = tableStart(rest, end);
  if (start === null) return;
  const bytes = rest.readUInt32BE(start - 4);
  if (start + bytes > end || !nestsTooDeep(rest, start, start + bytes)) return;
  // An empty name, the tag for bytes, and their length: all that was there.
  rest[start] = 0;
  rest.write('x', start + 1, 'latin1');
  rest.writeUInt32BE(bytes - 6, start + 2);
}

/** Where the header table’s content starts, behind the properties that come before it. */
function tableStart(rest: Buffer, end: number): number | null {
  const flags = rest.readUInt16BE(frameHeaderBytes + contentHeaderBytes - 2);
  if ((flags & hasHeaders) === 0) return null;
  let at = frameHeaderBytes + contentHeaderBytes;
  for (const flag of [hasContentType, hasContentEncoding])
    if ((flags & flag) !== 0) at += 1 + (at < end ? rest[at]! : 0);
  return at + 4 <= end ? at + 4 : null;
}

const fixedBytes: Readonly<Record<string, number>> = {
  t: 1,
  b: 1,
  B: 1,
  s: 2,
  u: 2,
  I: 4,
  i: 4,
  f: 4,
  l: 8,
  d: 8,
  T: 8,
  D: 5,
  V: 0,
};

/** Walks a table without calling itself. What is malformed counts as too deep. */
function nestsTooDeep(bytes: Buffer, from: number, to: number): boolean {
  // A level takes at least five bytes.
  if (to - from < maxDepth * 5) return false;
  const open = [{ end: to, isTable: true }];
  let at = from;
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    if (at >= level.end) {
      if (at > level.end) return true;
      open.pop();
      continue;
    }
    if (level.isTable) at += 1 + bytes[at]!;
    if (at >= level.end) return true;
    const tag = String.fromCharCode(bytes[at++]!);
    const fixed = fixedBytes[tag];
    if (fixed !== undefined) {
      at += fixed;
      continue;
    }
    if (!'SxFA'.includes(tag) || at + 4 > level.end) return true;
    const length = bytes.readUInt32BE(at);
    at += 4;
    if (tag === 'S' || tag === 'x') at += length;
    else if (open.push({ end: at + length, isTable: tag === 'F' }) > maxDepth) return true;
  }
  return false;
}
