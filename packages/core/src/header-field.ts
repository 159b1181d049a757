// Headers as both transports can carry them: a name and its values, bytes only.

/** One header: its name and its values in order. Names are unique within a message. */
export interface HeaderField {
  readonly name: string;
  readonly values: readonly Buffer[];
}

/** In clear, and neither bound nor trusted: instrumentation writes them after sealing too (W3C Trace Context). */
export const carriedHeaders: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);

/**
 * Instrumentation writes these after sealing, so they can never be bound in clear. Baggage is data of the application: what
 * it gives is sealed, and what is found beside the seal is not handed over (W3C Trace Context and Baggage).
 */
export const tracingHeaders: ReadonlySet<string> = new Set([...carriedHeaders, 'baggage']);
