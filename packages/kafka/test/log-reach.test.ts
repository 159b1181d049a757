// From where a partition is read to know what was accepted, and whether the log reaches so far back.
import { expect, test } from '@jest/globals';
import { logReach } from '../src/log-reach.js';

const windowMs = 60_000;
const now = 1_780_000_000_000;

/** A log from `low` on, with one record a second, of which offset 100 was appended at `now`. */
function reach(low: number, appendedAtMs: number | null, since = 0, offset = 100) {
  const asked: number[] = [];
  const parts = {
    bounds: () => Promise.resolve([{ partition: 3, offset: '200', high: '200', low: String(low) }]),
    offsetsAt: (_topic: string, timestampMs: number) => {
      asked.push(timestampMs);
      const first = 100 + Math.ceil((timestampMs - now) / 1000);
      return Promise.resolve([{ partition: 3, offset: String(Math.max(low, first)) }]);
    },
  };
  return logReach(parts, { topic: 't', partition: 3, offset, appendedAtMs }, windowMs, since).then(
    (found) => ({
      ...found,
      asked,
    }),
  );
}

test('reading begins a window before the append time of what comes next, not before this machine’s time', async () => {
  expect(await reach(0, now)).toEqual({ from: 40, complete: true, asked: [now - windowMs] });
  expect(await reach(39, now)).toMatchObject({ from: 40, complete: true });
});

test('a log that begins inside the window is read whole, and is not complete', async () => {
  expect(await reach(40, now)).toMatchObject({ from: 40, complete: false });
  expect(await reach(70, now)).toMatchObject({ from: 70, complete: false });
});

test('a log that begins at its first record is complete however young it is', async () => {
  expect(await reach(0, now, 0, 10)).toMatchObject({ from: 10, complete: true });
});

test('nothing below what is known to matter is read, and a log that reaches there is complete', async () => {
  expect(await reach(0, now, 90)).toMatchObject({ from: 90, complete: true });
  expect(await reach(80, now, 90)).toMatchObject({ from: 90, complete: true });
  expect(await reach(95, now, 90)).toMatchObject({ from: 95, complete: false });
});

test('without the broker’s stamps the whole log is read, for records may claim any time', async () => {
  expect(await reach(0, null)).toMatchObject({ from: 0, complete: true });
  expect(await reach(20, null)).toMatchObject({ from: 20 });
  expect(await reach(0, null, 30)).toMatchObject({ from: 30, complete: true });
});

test('reading never begins behind where it is to go on', async () => {
  expect(await reach(0, now, 150)).toMatchObject({ from: 100 });
  expect(await reach(120, now)).toMatchObject({ from: 100, complete: false });
});
