// What can be wrong with a connection: toxiproxy's toxics, with its names, attributes and units.

/** Milliseconds unless it says otherwise. */
export type Toxic = {
  /** `downstream`, which is the default, is from the server to the client. */
  readonly stream?: 'upstream' | 'downstream';
  /** The share of connections that it touches, 0 to 1; default 1. */
  readonly toxicity?: number;
} & (
  | { readonly type: 'latency'; readonly latency: number; readonly jitter?: number }
  /** KiB a second. */
  | { readonly type: 'bandwidth'; readonly rate: number }
  /** The other side hears of the end only after this delay. */
  | { readonly type: 'slow_close'; readonly delay: number }
  /** No data passes; the connection closes after this time, or never where it is 0. */
  | { readonly type: 'timeout'; readonly timeout: number }
  /** The connection is reset (TCP RST, both sides) after this time. */
  | { readonly type: 'reset_peer'; readonly timeout: number }
  /** Data comes in slices of bytes, with microseconds between them. */
  | {
      readonly type: 'slicer';
      readonly average_size: number;
      readonly size_variation?: number;
      readonly delay?: number;
    }
  /** The connection closes after so many bytes. */
  | { readonly type: 'limit_data'; readonly bytes: number }
);

/** @param random as `Math.random` */
export function slices(
  chunk: Buffer,
  { average_size: size, size_variation: variation = 0 }: Extract<Toxic, { type: 'slicer' }>,
  random: () => number,
): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < chunk.length;) {
    const length = Math.max(1, Math.round(size + (random() * 2 - 1) * variation));
    found.push(chunk.subarray(at, at + length));
    at += length;
  }
  return found;
}
