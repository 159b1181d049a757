// Says which of the things that can go wrong with a connection went wrong, without quoting credentials.
import { InabilityError, SealwireError, UsageError, type ErrorFacts } from '@sealwire/core';

/** Codes of Node’s that mean: the broker’s certificate is not the one that the policy trusts. */
const untrusted =
  /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY)|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH)/;
const clientRefused =
  /ALERT_(?:CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/;
const revocationUnknown = /CRL/;
/** Codes that mean: the broker does not take part in the handshake as the policy asks. */
const handshake = /^(?:ERR_SSL_|ERR_TLS_|EPROTO)/;
/** amqplib has no codes, only words, for what the broker answers while opening. */
const loginRefused = /ACCESS[-_]REFUSED|SASL mechanism/;
const openingRefused = /by server|NOT[-_]ALLOWED|got <ConnectionClose/;

/**
 * Translates a failed connection.
 * @returns Sealwire’s own errors as they are; UsageError ERR_USAGE_TLS (certificates, TLS), ERR_USAGE_REVOKED or ERR_USAGE_SASL (login);
 *   otherwise InabilityError ERR_UNABLE_CONNECTION (away, or refused for another reason). amqplib’s error is the cause.
 */
export function connectionFailure(error: unknown, host: string, port: number): SealwireError {
  if (error instanceof SealwireError) return error;
  const { code: given, message = '' } = (error ?? {}) as { code?: unknown; message?: unknown };
  const code = typeof given === 'string' ? given : '';
  const text = String(message);
  const broker = `${host}:${port}`;
  const facts: ErrorFacts = { broker, reason: code === '' ? 'ERR_UNABLE_CONNECTION' : code };
  if (code === 'CERT_REVOKED')
    return new UsageError(
      'ERR_USAGE_REVOKED',
      `The certificate of ${broker} was revoked by its CA. Find out why; give the broker a new one, or do not use it.`,
      facts,
      error,
    );
  if (revocationUnknown.test(code))
    return new UsageError(
      'ERR_USAGE_TLS',
      `Whether the certificate of ${broker} was revoked is not known (${code}). Put the current list of each CA in its chain into tls.crl_file.`,
      facts,
      error,
    );
  if (untrusted.test(code))
    return new UsageError(
      'ERR_USAGE_TLS',
      `The certificate of ${broker} is not trusted (${code}). Check tls.ca_file in the policy, and the host names in the broker’s certificate.`,
      facts,
      error,
    );
  if (clientRefused.test(code))
    return new UsageError(
      'ERR_USAGE_TLS',
      `${broker} refuses our client certificate (${code}). Check tls.cert_file and key_file in the policy, and the broker’s CA.`,
      facts,
      error,
    );
  if (handshake.test(code))
    return new UsageError(
      'ERR_USAGE_TLS',
      `${broker} does not speak TLS as the policy asks (${code}). Check the port and the broker’s TLS versions.`,
      facts,
      error,
    );
  if (loginRefused.test(text))
    return new UsageError(
      'ERR_USAGE_SASL',
      `${broker} refuses the user, the password or the SASL mechanism of the policy. Check sasl in its RabbitMQ connection, and the user on the broker.`,
      facts,
      error,
    );
  const why = openingRefused.test(text)
    ? 'refuses the connection. Check the virtual host, the user’s rights on it, and the broker’s limits'
    : `cannot be reached${code === '' ? '' : ` (${code})`}. Check that it runs, its address and the network, then connect again`;
  return new InabilityError('ERR_UNABLE_CONNECTION', `The broker ${broker} ${why}.`, facts, error);
}
