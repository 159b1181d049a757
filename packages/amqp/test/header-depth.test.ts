import { expect, test } from '@jest/globals';
import { limitHeaderDepth } from '../src/header-depth.js';

/** A content header frame with a content type and this table. */
function headerFrame(table: Buffer): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt16BE(60, 0);
  head.writeUInt16BE(0x8000 | 0x2000, 12);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(table.length);
  const payload = Buffer.concat([head, Buffer.from('\x03a/b'), length, table]);
  const frame = Buffer.alloc(7);
  frame[0] = 2;
  frame.writeUInt32BE(payload.length, 3);
  return Buffer.concat([frame, payload, Buffer.from([206])]);
}

/** Where the table starts in such a frame. */
const tableAt = 7 + 14 + 4 + 4;

function nested(levels: number, tag: 'F' | 'A'): Buffer {
  let content = Buffer.alloc(0);
  for (let i = 0; i < levels; i++) {
    const isOutermost = i === levels - 1;
    const head = Buffer.alloc(5);
    head.write(tag, 0, 'latin1');
    head.writeUInt32BE(content.length, 1);
    // Only tables, and so the outermost level, have names.
    content = Buffer.concat([tag === 'F' || isOutermost ? Buffer.from([0]) : Buffer.alloc(0), head, content]);
  }
  return content;
}

function receive(frame: Buffer): Buffer {
  const connection = { rest: Buffer.from(frame), recvFrame: (): unknown => null };
  limitHeaderDepth(connection);
  connection.recvFrame();
  return connection.rest;
}

test.each(['F', 'A'] as const)('a table that nests thousands of %s becomes one nameless header', (tag) => {
  const frame = headerFrame(nested(5000, tag));
  const table = receive(frame).subarray(tableAt, -1);

  expect(table.length).toBe(frame.length - tableAt - 1);
  expect(table.subarray(0, 2)).toEqual(Buffer.from('\0x'));
  expect(table.readUInt32BE(2)).toBe(table.length - 6);
});

test.each(['F', 'A'] as const)('a table that nests 60 %s is left as it is', (tag) => {
  const frame = headerFrame(nested(60, tag));

  expect(receive(frame)).toEqual(frame);
});

test('a large flat table with values of every type is left as it is', () => {
  const values = ['t\x01', 'b\x01', 'B\x01', 's\0\x01', 'u\0\x01', 'I\0\0\0\x01', 'i\0\0\0\x01', 'f\0\0\0\0']
    .concat(['l', 'd', 'T'].map((tag) => `${tag}${'\0'.repeat(8)}`))
    .concat(['D\0\0\0\0\x01', 'V', 'S\0\0\0\x02hi', 'x\0\0\0\x01x', 'F\0\0\0\x03\x01aV', 'A\0\0\0\x02VV']);
  const one = values.map((value, i) => `\x01${String.fromCharCode(97 + i)}${value}`).join('');
  const frame = headerFrame(Buffer.from(one.repeat(20), 'latin1'));

  expect(receive(frame)).toEqual(frame);
});

test('a malformed table is replaced', () => {
  const lies = Buffer.concat([nested(100, 'F')]);
  lies.writeUInt32BE(0xffffffff, 2);

  expect(receive(headerFrame(lies)).subarray(tableAt, tableAt + 2)).toEqual(Buffer.from('\0x'));
});

test('other frames, and headers that have not come completely, are left as they are', () => {
  const frame = headerFrame(nested(5000, 'F'));
  const method = Buffer.from(frame);
  method[0] = 1;

  expect(receive(method)).toEqual(method);
  for (const length of [0, 6, 20, tableAt, frame.length - 1])
    expect(receive(frame.subarray(0, length))).toEqual(frame.subarray(0, length));
});
