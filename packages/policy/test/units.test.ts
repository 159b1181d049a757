// Durations and sizes as people write them.
import { expect, test } from '@jest/globals';
import { durationMs, sizeBytes } from '../src/units.js';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['0s', 0],
])('%s is a duration', (text, ms) => expect(durationMs(text)).toBe(ms));

test.each(['15', '15 m', '1.5h', '-1s', '15min', 'm', '', '1h30m', '1H', '9999999999s'])(
  '%j is no duration',
  (text) => expect(durationMs(text)).toBeNull(),
);

test.each([
  ['1048576', 1_048_576],
  ['1MiB', 1_048_576],
  ['1 MiB', 1_048_576],
  ['64KiB', 65_536],
  ['10B', 10],
])('%s is a size', (text, bytes) => expect(sizeBytes(text)).toBe(bytes));

test.each(['1MB', '1kB', '1K', '1M', '1.5MiB', '-1', '', 'MiB', '1  MiB', '1mib', '0x10'])(
  '%j is no size',
  (text) => expect(sizeBytes(text)).toBeNull(),
);
