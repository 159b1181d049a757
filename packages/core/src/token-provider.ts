// Where tokens come from that agents log in with at brokers (SASL OAUTHBEARER, RFC 7628).

/** A bearer token. Never logged, never put into an error. */
export interface BearerToken {
  /** As RFC 6750 writes it; at most 64 KiB. */
  readonly value: string;
  /** When it ends, in ms since 1970. */
  readonly expiresAtMs: number;
}

/**
 * Gets a new token. It is asked after a broker was judged and before the last token ends, once for all connections that
 * need one. What it throws is not repeated: an error of an HTTP client may quote the token.
 * @param request `signal` aborts when it has taken too long
 */
export type TokenProvider = (request: {
  readonly agent: string;
  readonly signal: AbortSignal;
}) => Promise<BearerToken>;
