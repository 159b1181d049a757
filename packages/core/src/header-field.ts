// Headers as both transports can carry them: a name and its values, bytes only.

/** One header: its name and its values in order. Names are unique within a message. */
export interface HeaderField {
  readonly name: string;
  readonly values: readonly Buffer[];
}

/** Added by instrumentation after sealing, so never sealed, bound or trusted (W3C Trace Context and Baggage). */
export const tracingHeaders: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage']);
