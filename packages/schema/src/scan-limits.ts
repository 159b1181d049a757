// What one Avro datum may ask of a receiver.
import { UsageError } from '@sealwire/core';

/** Limits on one datum. Those without a unit are counts over the whole datum, not per array or map. */
export interface ScanLimits {
  /** Bytes of the datum. */
  readonly bytes: number;
  /** Records, arrays and maps inside each other; at most 256. */
  readonly depth: number;
  /** Bytes of one string, one `bytes` or one map key. */
  readonly stringBytes: number;
  /** Items of arrays and entries of maps. */
  readonly items: number;
  /** Entries of maps; their keys are kept while the map is walked, so this bounds memory (about 70 bytes each). */
  readonly mapEntries: number;
  /** Items that take no bytes (`null`, records without fields), which a few bytes could ask for by the million. */
  readonly emptyItems: number;
  /** Values of any type, those inside others counted too: what a decoder would have to make. */
  readonly steps: number;
  /**
   * Whether a `long` may lie outside −2^52 to 2^53 − 2. avsc refuses what is above, and reads what is below with the wrong
   * sign: set this only for a decoder that is exact.
   */
  readonly wideLongs: boolean;
  /**
   * Whether an array or map must be one block without its size, and NaN the usual one: then every value has one encoding
   * (only the order of a map is free). If not, all that the Avro specification allows passes.
   */
  readonly canonical: boolean;
}

export const defaultScanLimits: ScanLimits = Object.freeze({
  bytes: 16 * 1024 * 1024,
  depth: 64,
  stringBytes: 16 * 1024 * 1024,
  items: 100_000,
  mapEntries: 10_000,
  emptyItems: 1_000,
  steps: 1_000_000,
  wideLongs: false,
  canonical: false,
});

/** Deeper could exhaust the stack, which nothing catches safely. */
const greatestDepth = 256;

/** @throws UsageError ERR_USAGE_ARGUMENT for a limit that is unknown, no whole number, or a depth beyond 256 */
export function scanLimits(given: Partial<ScanLimits>): ScanLimits {
  for (const [name, value] of Object.entries(given)) {
    const known: unknown = Object.hasOwn(defaultScanLimits, name)
      ? defaultScanLimits[name as keyof ScanLimits]
      : undefined;
    const fits =
      typeof known === 'boolean'
        ? typeof value === 'boolean'
        : known !== undefined && Number.isSafeInteger(value) && (value as number) >= 0;
    if (fits && (name !== 'depth' || (value as number) <= greatestDepth)) continue;
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `The scanner's limit ${name} is not one that it has: give a whole number (depth: at most ${String(greatestDepth)}), or true or false.`,
      { limit: name },
    );
  }
  return { ...defaultScanLimits, ...given };
}
