// Streams in lines: bounded, and read no further than they are asked for.
import { expect, test } from '@jest/globals';
import { linesOf } from '../src/lines.js';

async function* chunks(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Promise.resolve(Buffer.from(text));
}

async function all(source: AsyncIterable<Buffer>, maxBytes: number) {
  const lines: (string | null)[] = [];
  for await (const { number, bytes } of linesOf(source, maxBytes)) {
    expect(number).toBe(lines.length + 1);
    lines.push(bytes?.toString() ?? null);
  }
  return lines;
}

test('lines are whole, however the stream is cut', async () => {
  const text = 'one\n\nthree\nfo';
  for (let cut = 0; cut <= text.length; cut++)
    expect(await all(chunks(text.slice(0, cut), text.slice(cut)), 5)).toEqual(['one', '', 'three', 'fo']);
  expect(await all(chunks(), 5)).toEqual([]);
});

test('the last line says whether it has an end', async () => {
  const ends = async (text: string) => {
    const lines: boolean[] = [];
    for await (const { hasEnd } of linesOf(chunks(text), 100)) lines.push(hasEnd);
    return lines;
  };
  expect(await ends('one\n\ntwo\n')).toEqual([true, true, true]);
  expect(await ends('one\ntwo')).toEqual([true, false]);
});

test('what is longer than the limit is passed over, and the next line is whole again', async () => {
  expect(await all(chunks('toolong\nok\ntoo', 'lo', 'ng\nok'), 5)).toEqual([null, 'ok', null, 'ok']);
});

test('an endless stream is read chunk by chunk, as lines are asked for', async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Promise.resolve(Buffer.from(`line ${given++}\n`));
  }
  const lines = linesOf(endless(), 100);
  for (let i = 0; i < 1000; i++) await lines.next();
  expect(given).toBe(1000);
  await lines.return(undefined);
});
