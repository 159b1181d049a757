// The spool: nothing that was promised is lost, whatever ends the process or damages its files.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSpool } from '../../src/spool/open-spool.js';
import type { Spool } from '../../src/spool/spool.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealwire-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (more: { maxBytes?: number; segmentBytes?: number } = {}) =>
  openSpool({ folder, maxBytes: 1_000_000, ...more });
const append = (spool: Spool, ...texts: string[]) => texts.map((text) => spool.append([Buffer.from(text)]));

/** Everything that is not released, read a file at a time. */
function all(spool: Spool): string[] {
  const texts: string[] = [];
  const cursor = spool.cursor(spool.released);
  for (;;) {
    const frames = cursor.read(spool.next);
    if (frames.length === 0) break;
    texts.push(...frames.map(({ number, payload }) => `${number} ${payload.toString()}`));
  }
  cursor.close();
  return texts;
}
const files = () => readdirSync(folder).filter((name) => name.endsWith('.spool'));
const newest = () => join(folder, files().at(-1)!);

describe('a spool', () => {
  test('gives back in order what was appended, over restarts, without gaps in its numbers', async () => {
    const first = open().spool;
    expect(append(first, 'a', 'b')).toEqual([0, 1]);
    await first.close();
    const second = open();
    expect(second.damage).toEqual([]);
    expect(append(second.spool, 'c')).toEqual([2]);
    expect(all(second.spool)).toEqual(['0 a', '1 b', '2 c']);
    await second.spool.close();
  });

  test('keeps what was appended by a process that ended without a word', () => {
    append(open().spool, 'a', 'b');
    expect(all(open().spool)).toEqual(['0 a', '1 b']);
  });

  test('removes files once all of their frames are released, and remembers how far that is', () => {
    const { spool } = open({ segmentBytes: 64 });
    append(spool, ...Array.from({ length: 10 }, (_, i) => `frame ${i} of some length`));
    const before = files().length;
    expect(before).toBeGreaterThan(4);
    spool.release(7);
    expect(files().length).toBeLessThan(before);
    expect(all(spool)[0]).toBe('7 frame 7 of some length');
    expect(open().spool.released).toBe(7);
    spool.release(10);
    expect(files()).toHaveLength(1);
    // No number is given twice.
    expect(open().spool.next).toBe(10);
  });

  test('is full at its bound, takes nothing of what does not fit, and goes on when there is room', () => {
    const { spool } = open({ maxBytes: 300, segmentBytes: 64 });
    const fill = () => {
      for (let i = 0; i < 100; i++) append(spool, 'twenty bytes of text');
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'ERR_UNABLE_AUDIT' }));
    expect(spool.bytes).toBeLessThanOrEqual(300);
    const { next } = spool;
    expect(fill).toThrow();
    expect(spool.next).toBe(next);
    spool.release(next);
    expect(append(spool, 'again')).toEqual([next]);
  });

  test('syncs together what is appended in one turn, and tells what was appended during a sync later', async () => {
    const { spool } = open();
    append(spool, 'a');
    const one = spool.sync();
    append(spool, 'b');
    const two = spool.sync();
    expect(spool.sync()).toBe(two);
    await Promise.all([one, two]);
    await spool.close();
    expect(() => append(spool, 'c')).toThrow(expect.objectContaining({ code: 'ERR_UNABLE_AUDIT' }));
  });

  test('cuts off a write that a crash tore, wherever it was torn', async () => {
    const { spool } = open();
    append(spool, 'first', 'second');
    const whole = readFileSync(newest());
    append(spool, 'third');
    const torn = readFileSync(newest());
    for (let bytes = whole.length + 1; bytes < torn.length; bytes++) {
      writeFileSync(newest(), torn.subarray(0, bytes));
      const again = open();
      expect(again.damage).toEqual([]);
      expect(all(again.spool)).toEqual(['0 first', '1 second']);
      expect(readFileSync(newest())).toEqual(whole);
    }
    // A file system that gave the length before the bytes.
    writeFileSync(newest(), Buffer.concat([whole, Buffer.alloc(4_096)]));
    expect(all(open().spool)).toEqual(['0 first', '1 second']);
  });

  test('can be written again when the first frame of a file was torn, or the disk was full then', () => {
    const { spool } = open({ segmentBytes: 40 });
    append(spool, 'fills a file all by itself');
    append(spool, 'and this the next one');
    truncateSync(newest(), 20);
    const again = open({ segmentBytes: 40 });
    expect(all(again.spool)).toEqual(['0 fills a file all by itself']);
    expect(append(again.spool, 'once more')).toEqual([1]);
    // A file that has no frame yet takes one that is larger than files are to be.
    expect(append(again.spool, 'x'.repeat(100))).toEqual([2]);
    expect(all(open().spool)).toHaveLength(3);
  });

  test('names what was synced and is gone from the end, keeps it, and gives its number to nothing else', async () => {
    const { spool } = open();
    append(spool, 'first', 'second', 'third');
    await spool.sync();
    const bytes = readFileSync(newest());
    // The length of the second: nobody knows where the third begins.
    bytes[bytes.indexOf('second') - 8]! ^= 0x40;
    writeFileSync(newest(), bytes);
    const again = open();
    expect(again.damage).toEqual([{ from: 1, to: 3 }]);
    expect(readFileSync(`${newest()}.damaged`)).toEqual(bytes);
    expect(append(again.spool, 'fourth')).toEqual([3]);
  });

  test('syncs one after the other, whoever asks and when', async () => {
    const { spool } = open({ segmentBytes: 40 });
    append(spool, 'fills a file all by itself');
    const first = spool.sync().then(() => {
      append(spool, 'fills another all by itself');
      return spool.sync();
    });
    const second = spool.sync();
    await Promise.all([first, second]);
    await spool.close();
    expect(open().damage).toEqual([]);
    expect(all(open().spool)).toHaveLength(2);
  });

  test('takes nothing from the moment that it closes', async () => {
    const { spool } = open();
    append(spool, 'a');
    const closed = spool.close();
    expect(() => append(spool, 'b')).toThrow(expect.objectContaining({ code: 'ERR_UNABLE_AUDIT' }));
    await closed;
  });

  test('names what is damaged in the middle, keeps the file, and gives back the rest', () => {
    const { spool } = open();
    append(spool, 'first', 'second', 'third');
    const bytes = readFileSync(newest());
    bytes[bytes.indexOf('second')]! ^= 1;
    writeFileSync(newest(), bytes);
    const again = open();
    expect(again.damage).toEqual([{ from: 1, to: 2 }]);
    expect(all(again.spool)).toEqual(['0 first', '2 third']);
    expect(readFileSync(`${newest()}.damaged`)).toEqual(bytes);
  });

  test('names what is lost with a file, or with its end', () => {
    const { spool } = open({ segmentBytes: 64 });
    append(spool, ...Array.from({ length: 9 }, (_, i) => `frame ${i} of some length`));
    const [, second, third] = files();
    rmSync(join(folder, second!));
    truncateSync(join(folder, third!), 20);
    const again = open();
    const lost = again.damage.flatMap(({ from, to }) =>
      Array.from({ length: to - from }, (_, i) => from + i),
    );
    const kept = all(again.spool).map((text) => Number(text.split(' ')[0]));
    expect([...lost, ...kept].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(lost.length).toBeGreaterThan(1);
  });

  test('never gives back what was not appended, whatever a file is changed to', () => {
    const { spool } = open({ segmentBytes: 120 });
    const texts = Array.from({ length: 12 }, (_, i) => `frame ${i}`);
    append(spool, ...texts);
    const expected = new Set(texts.map((text, i) => `${i} ${text}`));
    const saved = mkdtempSync(join(tmpdir(), 'sealwire-spool-'));
    cpSync(folder, saved, { recursive: true });
    const names = files();
    fc.assert(
      fc.property(
        fc.nat(names.length - 1),
        fc.nat(200),
        fc.uint8Array({ minLength: 1, maxLength: 24 }),
        fc.boolean(),
        (file, at, change, insert) => {
          for (const name of names) copyFileSync(join(saved, name), join(folder, name));
          const path = join(folder, names[file]!);
          const bytes = readFileSync(path);
          const place = at % bytes.length;
          const rest = bytes.subarray(place + (insert ? 0 : change.length));
          writeFileSync(path, Buffer.concat([bytes.subarray(0, place), change, rest]));
          const again = open();
          const back = all(again.spool);
          expect(back.filter((text) => !expected.has(text))).toEqual([]);
          expect(new Set(back).size).toBe(back.length);
          // What is missing is told, unless it was the end.
          const told = again.damage.reduce((sum, { from, to }) => sum + to - from, 0);
          if (file < names.length - 1) expect(back.length + told).toBe(12);
        },
      ),
      { numRuns: 300 },
    );
    rmSync(saved, { recursive: true });
  });
});
