// What each failure of a TLS handshake means to whoever runs the brokers: its code, and what to do.
import { InabilityError, UsageError, type ErrorFacts, type SealwireError } from './errors.js';
import type { Code } from './codes.js';

type HandshakeCode = Extract<Code, `ERR_USAGE_TLS_${string}` | 'ERR_USAGE_REVOKED' | 'ERR_USAGE_TLS'>;

interface Meaning {
  readonly code: HandshakeCode;
  /** Of Node.js’ `code`, or of its message where OpenSSL’s reason has no code there (`UNSPECIFIED`). */
  readonly of: RegExp;
  readonly advice: (broker: string) => string;
}

/** The first that fits counts. */
const meanings: readonly Meaning[] = [
  {
    code: 'ERR_USAGE_REVOKED',
    of: /^CERT_REVOKED/,
    advice: (broker) =>
      `The certificate of ${broker} was revoked by its CA. Find out why; give the broker a new one, or do not use it.`,
  },
  {
    code: 'ERR_USAGE_TLS_CRL',
    of: /CRL/,
    advice: (broker) =>
      `Whether the certificate of ${broker} was revoked is not known. Put the current list of each CA in its chain into tls.crl_file of the policy.`,
  },
  {
    code: 'ERR_USAGE_TLS_EXPIRED',
    of: /^CERT_HAS_EXPIRED/,
    advice: (broker) =>
      `The certificate of ${broker}, or one that it shows for its issuers, is over. Renew it there; or set this clock.`,
  },
  {
    code: 'ERR_USAGE_TLS_NOT_YET_VALID',
    of: /^CERT_NOT_YET_VALID/,
    advice: (broker) => `The certificate of ${broker} is not valid yet. Set the clocks, of its CA and here.`,
  },
  {
    code: 'ERR_USAGE_TLS_NAME',
    of: /^(?:ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH)/,
    advice: (broker) =>
      `The certificate of ${broker} is for other names. Have a certificate issued with this name or address as subject alternative name; where brokers are reached by another name on purpose, set tls.server_name in the policy.`,
  },
  {
    code: 'ERR_USAGE_TLS_SELF_SIGNED',
    of: /^DEPTH_ZERO_SELF_SIGNED_CERT/,
    advice: (broker) =>
      `The certificate of ${broker} is not trusted: it has signed itself. Give the broker one of the CA in tls.ca_file of the policy.`,
  },
  {
    code: 'ERR_USAGE_TLS_ISSUER',
    of: /^(?:SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:GET_ISSUER|VERIFY|DECRYPT|DECODE)|CERT_(?:UNTRUSTED|REJECTED|SIGNATURE|CHAIN))/,
    advice: (broker) =>
      `The certificate of ${broker} is not trusted: it comes from no CA of tls.ca_file in the policy, or the broker does not send its intermediate certificates. Correct the one or the other.`,
  },
  {
    code: 'ERR_USAGE_TLS_PURPOSE',
    of: /^(?:INVALID_(?:CA|PURPOSE)|PATH_LENGTH)/,
    advice: (broker) =>
      `A certificate of ${broker} is used for what it was not made: its own must allow server authentication, and those that issued it must be CAs. Have it issued anew.`,
  },
  {
    code: 'ERR_USAGE_TLS_CONSTRAINT',
    of: /(?:permitted|excluded) subtree violation|name constraint/,
    advice: (broker) =>
      `The certificate of ${broker} is for a name that its CA may not certify (name constraints). Have it issued by the CA that may.`,
  },
  {
    code: 'ERR_USAGE_TLS_WEAK',
    of: /(?:key|digest algorithm|md) too (?:weak|small)|^ERR_SSL_(?:\w*TOO_(?:SMALL|WEAK)|NO_SUITABLE_SIGNATURE)/,
    advice: (broker) =>
      `A key or signature in the certificates of ${broker} is weak: below RSA of 2048 bits, or SHA-1. Have new ones issued (ECDSA P-256 with SHA-256, or RSA of 3072 bits).`,
  },
  {
    code: 'ERR_USAGE_TLS_VERSION',
    of: /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/,
    advice: (broker) =>
      `${broker} does not speak the TLS version that the policy asks for. Enable TLS 1.3 at the broker.`,
  },
  {
    code: 'ERR_USAGE_TLS_PLAINTEXT',
    of: /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE)/,
    advice: (broker) =>
      `${broker} does not speak TLS: what answers is something else. Use the port of a TLS listener, and have brokers advertise that one.`,
  },
  {
    code: 'ERR_USAGE_TLS_CLIENT',
    of: /ALERT_(?:CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/,
    advice: (broker) =>
      `${broker} refuses our client certificate. Check tls.cert_file and key_file of the policy, and which CA the broker trusts.`,
  },
  {
    code: 'ERR_USAGE_TLS',
    of: /^(?:ERR_SSL_|ERR_TLS_|EPROTO|CERT_)/,
    advice: (broker) =>
      `${broker} does not speak TLS as the policy asks. Check the port and the broker’s TLS settings.`,
  },
];

const cut = /disconnected before secure TLS connection/;

/**
 * Says what the failure of a handshake means. Each cause has a code of its own, but for two pairs that Node.js tells as
 * one: an unknown CA and a missing intermediate (`ERR_USAGE_TLS_ISSUER`), a wrong purpose and an issuer that is no CA
 * (`ERR_USAGE_TLS_PURPOSE`).
 * @param failure what the socket failed with
 * @param broker `host:port`, for the message
 * @returns UsageError, or InabilityError ERR_UNABLE_HANDSHAKE where the peer hung up before TLS was there, with Node’s
 *   code as `facts.reason`; `null` for what is no failure of a handshake
 */
export function handshakeFailure(
  failure: { readonly code?: unknown; readonly message?: unknown },
  broker: string,
  cause: unknown = failure,
): SealwireError | null {
  const code = typeof failure.code === 'string' ? failure.code : '';
  const message = typeof failure.message === 'string' ? failure.message : '';
  const reason = code === '' || code === 'UNSPECIFIED' ? message : code;
  const facts: ErrorFacts = { broker, reason };
  // Node’s messages of other codes may quote certificates.
  const told = code === 'UNSPECIFIED' ? message : code;
  const meaning = meanings.find(({ of }) => of.test(told));
  if (meaning !== undefined)
    return new UsageError(meaning.code, `${meaning.advice(broker)} (${reason})`, facts, cause);
  if (!cut.test(message)) return null;
  return hungUp(broker, facts, cause);
}

/** For a peer that hung up within the handshake, where an adapter knows that it was there. */
export function hungUp(broker: string, facts: ErrorFacts = { broker }, cause?: unknown): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_HANDSHAKE',
    `${broker} hung up before TLS was established, and got no credential. Check that its port is a TLS listener (a plaintext one hangs up too), and that the broker is well.`,
    facts,
    cause,
  );
}
