// Says which of the things that can go wrong with a connection went wrong, without quoting credentials.
import { handshakeFailure, InabilityError, SealwireError, UsageError, type ErrorFacts } from '@sealwire/core';

/** amqplib has no codes, only words, for what the broker answers while opening. */
const loginRefused = /ACCESS[-_]REFUSED|SASL mechanism/;
const openingRefused = /by server|NOT[-_]ALLOWED|got <ConnectionClose/;

/**
 * Translates a failed connection.
 * @returns Sealwire’s own errors as they are; UsageError ERR_USAGE_TLS… or ERR_USAGE_REVOKED (certificates, TLS) or
 *   ERR_USAGE_SASL (login); otherwise InabilityError ERR_UNABLE_HANDSHAKE (hung up within TLS) or ERR_UNABLE_CONNECTION
 *   (away, or refused for another reason). amqplib’s error is the cause.
 */
export function connectionFailure(error: unknown, host: string, port: number): SealwireError {
  if (error instanceof SealwireError) return error;
  const { code: given, message = '' } = (error ?? {}) as { code?: unknown; message?: unknown };
  const code = typeof given === 'string' ? given : '';
  const text = String(message);
  const broker = `${host}:${port}`;
  const facts: ErrorFacts = { broker, reason: code === '' ? 'ERR_UNABLE_CONNECTION' : code };
  const handshake = handshakeFailure({ code, message: text }, broker, error);
  if (handshake !== null) return handshake;
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
