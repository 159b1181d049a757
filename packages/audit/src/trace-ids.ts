// Reads a traceparent header (W3C Trace Context, §3.2).

export interface TraceIds {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
}

/** Version 00 is exactly this long; later ones may go on behind another dash. */
const leastBytes = 55;
const mostBytes = 256;
const form = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/** `null` for what is not well-formed. */
export function traceIds(header: Buffer): TraceIds | null {
  if (header.length < leastBytes || header.length > mostBytes) return null;
  const parts = form.exec(header.toString('latin1'));
  if (parts === null || (parts[1] === '00' && parts[4] !== undefined)) return null;
  return { traceId: parts[2]!, spanId: parts[3]! };
}
