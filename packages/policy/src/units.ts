// Durations and sizes as people write them.

const durations: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const sizes: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `15m` and the like. @returns milliseconds, or `null` where it is no duration */
export function durationMs(text: string): number | null {
  return inUnits(text, /^(\d{1,9})(ms|s|m|h|d)$/, durations);
}

/** `1MiB`, `512KiB`, or a number of bytes. @returns bytes, or `null` where it is no size; decimal units are none */
export function sizeBytes(text: string): number | null {
  return inUnits(text, /^(\d{1,12}) ?(B|KiB|MiB|GiB|)$/, sizes);
}

function inUnits(text: string, form: RegExp, units: Readonly<Record<string, number>>): number | null {
  const match = form.exec(text);
  return match === null ? null : Number(match[1]) * units[match[2]!]!;
}
