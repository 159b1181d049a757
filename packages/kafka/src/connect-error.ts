// Says why a client could not connect: the network, the certificate, the policy or the password.
import { InabilityError, UsageError, type SealwireError } from '@sealwire/core';

/** Codes of Node and OpenSSL that mean: the broker’s certificate is not the one that the policy trusts. */
const untrusted =
  /^(?:SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)|CERT_|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE))/;
/** Codes that mean: the broker does not take part in the handshake as the policy asks. */
const handshake = /^(?:ERR_SSL_|ERR_TLS_|EPROTO)/;
const clientRefused =
  /ALERT_(?:CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/;
const away = /^(?:ECONN|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|EADDRNOTAVAIL)/;

const revocationUnknown = /CRL/;

/** What the policy’s guard refuses with; its message goes on as it is. */
const guardCodes = ['ERR_USAGE_CONNECTION', 'ERR_USAGE_NETWORK', 'ERR_USAGE_PIN', 'ERR_USAGE_TLS'] as const;
const isGuards = (code: string): code is (typeof guardCodes)[number] =>
  (guardCodes as readonly string[]).includes(code);

interface Link {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly broker?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

/**
 * Translates the rejection of a `connect()`. kafkajs retries first, within its own limits, and wraps what it saw last.
 * @returns UsageError ERR_USAGE_SASL, _TLS, _PIN, _REVOKED, _NETWORK or _CONNECTION, or InabilityError ERR_UNABLE_CONNECTION,
 *   with kafkajs’ error as cause and without credentials; any other error as it is
 */
export function connectError(error: unknown): unknown {
  for (const link of chain(error)) {
    const known = explain(link, error);
    if (known !== null) return known;
  }
  return error;
}

function explain(link: Link, cause: unknown): SealwireError | null {
  const { name, type } = link;
  const code = typeof link.code === 'string' ? link.code : '';
  const broker = typeof link.broker === 'string' ? link.broker : null;
  const facts = { broker, reason: code === '' ? String(type ?? name) : code };
  if (name === 'KafkaJSSASLAuthenticationError' || /SASL/.test(String(type))) {
    const advice =
      'The broker refuses the user, the password or the SASL mechanism of the policy. Check `sasl` in its Kafka connection and the user on the broker.';
    return new UsageError('ERR_USAGE_SASL', advice, facts, cause);
  }
  if (isGuards(code)) {
    return new UsageError(code, String(link.message), facts, cause);
  }
  if (code === 'CERT_REVOKED') {
    const advice = `The certificate of ${broker ?? 'the broker'} was revoked by its CA. Find out why; give the broker a new one, or do not use it.`;
    return new UsageError('ERR_USAGE_REVOKED', advice, facts, cause);
  }
  if (revocationUnknown.test(code)) {
    const advice = `Whether the certificate of ${broker ?? 'the broker'} was revoked is not known (${code}). Put the current list of each CA in its chain into the policy’s crl_file.`;
    return new UsageError('ERR_USAGE_TLS', advice, facts, cause);
  }
  if (untrusted.test(code)) {
    const advice = `The certificate of ${broker ?? 'the broker'} is not trusted (${code}). Check the policy’s CA file, and the host names in the broker’s certificate.`;
    return new UsageError('ERR_USAGE_TLS', advice, facts, cause);
  }
  if (clientRefused.test(code)) {
    const advice = `${broker ?? 'The broker'} refuses our client certificate (${code}). Check the policy’s certificate and key, and the broker’s trust store.`;
    return new UsageError('ERR_USAGE_TLS', advice, facts, cause);
  }
  if (handshake.test(code)) {
    const advice = `${broker ?? 'The broker'} does not speak TLS as the policy asks (${code}). Check the port and the broker’s TLS versions.`;
    return new UsageError('ERR_USAGE_TLS', advice, facts, cause);
  }
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
function chain(error: unknown): Link[] {
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
