// SASL OAUTHBEARER (RFC 7628), with the broker's refusal understood: kafkajs' own takes it for a success.
import { UsageError } from '@sealwire/core';
import type { Mechanism } from 'kafkajs';

/**
 * The token is asked for when the broker was judged and offers the mechanism, at each login: at first, at every
 * reconnect, and when the broker's session is about to end.
 */
export function bearerAuthentication(token: () => Promise<string>): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ host, port, saslAuthenticate }) => ({
      async authenticate() {
        const login = `n,,\x01auth=Bearer ${await token()}\x01\x01`;
        const refusal = await saslAuthenticate({ request: bytes(login), response });
        if (refusal === undefined || refusal === '') return;
        // The answer that lets the broker end the exchange, and close.
        await saslAuthenticate({ request: bytes('\x01') }).catch(() => undefined);
        throw new UsageError(
          'ERR_USAGE_SASL',
          `${host}:${port} refuses the token. Check that its issuer, audience and scope are what the broker asks for, and the clocks; the broker's log says which.`,
          { broker: `${host}:${port}`, reason: reasonOf(refusal) },
        );
      },
    }),
  };
}

const bytes = (text: string) => ({
  encode(): Buffer {
    const content = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, content]);
  },
});

/** kafkajs hands over what came with its length before it. */
const response = {
  decode: (raw: Buffer): Buffer => raw.subarray(4),
  parse: (content: Buffer): string => content.toString(),
};

/** One of RFC 6750 or the word of a broker; not more of what it says, which may be about the token. */
function reasonOf(refusal: string): string {
  return /"status"\s*:\s*"([a-z_]{1,40})"/.exec(refusal)?.[1] ?? 'refused';
}
