// What is held of a directory topic.
import { describe, expect, test } from '@jest/globals';
import { DirectoryLines } from '../src/directory-lines.js';

const linesOf = (maxSourceBytes = 10_000) =>
  new DirectoryLines({
    maxLineBytes: 100,
    maxSourceBytes,
    // As the directory’s own: here the last two of each issuer, in their order.
    keptLines: (lines) =>
      lines.filter((line, i) => lines.slice(i + 1).filter((other) => other[0] === line[0]).length < 2),
    peekedLine(_, line) {
      const [issuer, serial] = line.toString().split(' ');
      if (serial === undefined) throw new Error('malformed');
      return { issuer: issuer!, serial: Number(serial) };
    },
  });
const texts = (lines: DirectoryLines) => lines.all.map(String);

describe('the lines of a directory topic', () => {
  test('stay in the order in which they first came, without junk, repeats and what nobody needs', () => {
    const lines = linesOf();
    for (const [i, text] of ['a 1', 'junk', 'b 1', 'a 1', 'a 2', `a ${'3'.repeat(200)}`, 'a 3'].entries())
      lines.add(Buffer.from(text), i);
    expect(texts(lines)).toEqual(['b 1', 'a 2', 'a 3']);
  });

  test('are new once: a repeat changes only when the line was last written', () => {
    const lines = linesOf();
    lines.add(Buffer.from('a 1'), 1);
    const { version } = lines;
    lines.add(Buffer.from('a 1'), 9);
    lines.add(Buffer.from('junk'), 9);
    expect(lines.version).toBe(version);
    expect(lines.olderThan(9)).toEqual([]);
    expect(lines.olderThan(10).map(String)).toEqual(['a 1']);
  });

  test('say which of an issuer and serial came first', () => {
    const lines = linesOf();
    lines.add(Buffer.from('a 1 mine'), 1);
    lines.add(Buffer.from('a 1 other'), 2);
    expect(lines.first('a', 1)!.toString()).toBe('a 1 mine');
    expect(lines.first('b', 1)).toBeNull();
  });

  test('take no more memory than they may', () => {
    const lines = linesOf(50);
    for (const issuer of 'abcdefghij') lines.add(Buffer.from(`${issuer} 1 ${'x'.repeat(10)}`), 1);
    expect(lines.all.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(50);
    expect(texts(lines).at(-1)).toMatch(/^j/);
  });
});
