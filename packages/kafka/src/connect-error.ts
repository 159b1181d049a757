// Says why a client could not connect: the network, the certificate, the policy or the password.
import {
  codes,
  handshakeFailure,
  InabilityError,
  SealwireError,
  UsageError,
  type Code,
} from '@sealwire/core';

const away = /^(?:ECONN|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|EADDRNOTAVAIL)/;

/** What the policy’s guard and the handshake are refused with; the message goes on as it is. */
type Own = Extract<Code, `ERR_USAGE_${string}`>;
const isOwn = (code: string): code is Own => code.startsWith('ERR_USAGE_') && Object.hasOwn(codes, code);

export interface Link {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly broker?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

/**
 * Translates the rejection of a `connect()`. kafkajs retries first, within its own limits, and wraps what it saw last.
 * @returns UsageError ERR_USAGE_SASL, _TLS…, _PIN, _REVOKED, _NETWORK, _RUNTIME or _CONNECTION, or InabilityError
 *   ERR_UNABLE_HANDSHAKE or _CONNECTION, with kafkajs’ error as cause and without credentials; any other error as it is
 */
export function connectError(error: unknown): unknown {
  if (error instanceof SealwireError) return error;
  for (const link of causesOf(error)) {
    const known = explain(link, error);
    if (known !== null) return known;
  }
  return error;
}

function explain(link: Link, cause: unknown): SealwireError | null {
  if (link instanceof SealwireError) return link;
  const { name, type } = link;
  const code = typeof link.code === 'string' ? link.code : '';
  const broker = typeof link.broker === 'string' ? link.broker : null;
  const facts = { broker, reason: code === '' ? String(type ?? name) : code };
  if (name === 'KafkaJSSASLAuthenticationError' || /SASL/.test(String(type))) {
    const advice =
      'The broker refuses the user, the password or the SASL mechanism of the policy. Check `sasl` in its Kafka connection and the user on the broker.';
    return new UsageError('ERR_USAGE_SASL', advice, facts, cause);
  }
  const text = String(link.message).replace(/^Connection error: /, '');
  if (isOwn(code)) return new UsageError(code, text, facts, cause);
  if (code === 'ERR_UNABLE_HANDSHAKE' || code === 'ERR_UNABLE_CONNECTION')
    return new InabilityError(code, text, facts, cause);
  const handshake = handshakeFailure({ code, message: text }, broker ?? 'the broker', cause);
  if (handshake !== null) return handshake;
  const connection = /^KafkaJSConnection(?:Closed)?Error$/.test(String(name));
  if (away.test(code) || connection || name === 'KafkaJSRequestTimeoutError') {
    const place = broker === null ? 'A broker' : `The broker ${broker}`;
    const what = code === '' ? String(link.message) : code;
    const advice = `${place} cannot be reached (${what}). Check that it runs, its address and the network, then connect again.`;
    return new InabilityError('ERR_UNABLE_CONNECTION', advice, facts, cause);
  }
  return null;
}

/** The error and its causes, innermost first: kafkajs’ outer errors only say that it gave up. */
export function causesOf(error: unknown): Link[] {
  const links: Link[] = [];
  for (let link = error; typeof link === 'object' && link !== null && links.length < 8;) {
    links.unshift(link);
    link = (link as Link).cause;
  }
  return links;
}

/** For a client that is connected and must not be used: it goes, and the error goes on. */
export function leaving(client: { disconnect(): Promise<void> }): (error: unknown) => Promise<never> {
  return async (error) => {
    await client.disconnect().catch(() => undefined);
    throw error;
  };
}
