// What failures of handshakes mean. The codes and messages are Node.js' own.
import { expect, test } from '@jest/globals';
import { handshakeFailure, hungUp } from '../src/index.js';

test.each([
  ['CERT_REVOKED', 'ERR_USAGE_REVOKED'],
  ['UNABLE_TO_GET_CRL', 'ERR_USAGE_TLS_CRL'],
  ['CRL_HAS_EXPIRED', 'ERR_USAGE_TLS_CRL'],
  ['CERT_HAS_EXPIRED', 'ERR_USAGE_TLS_EXPIRED'],
  ['CERT_NOT_YET_VALID', 'ERR_USAGE_TLS_NOT_YET_VALID'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_USAGE_TLS_NAME'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_USAGE_TLS_SELF_SIGNED'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'ERR_USAGE_TLS_ISSUER'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_USAGE_TLS_ISSUER'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_USAGE_TLS_ISSUER'],
  ['CERT_SIGNATURE_FAILURE', 'ERR_USAGE_TLS_ISSUER'],
  ['INVALID_CA', 'ERR_USAGE_TLS_PURPOSE'],
  ['INVALID_PURPOSE', 'ERR_USAGE_TLS_PURPOSE'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_USAGE_TLS_VERSION'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'ERR_USAGE_TLS_VERSION'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_USAGE_TLS_PLAINTEXT'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_USAGE_TLS_CLIENT'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'ERR_USAGE_TLS_CLIENT'],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'ERR_USAGE_TLS'],
])('%s is %s, and names the broker', (code, expected) => {
  const failure = Object.assign(new Error('x'), { code });
  const error = handshakeFailure(failure, 'kafka:9093');
  expect(error).toMatchObject({
    code: expected,
    cause: failure,
    facts: { broker: 'kafka:9093', reason: code },
  });
  expect(error!.message).toContain('kafka:9093');
});

test.each([
  ['permitted subtree violation', 'ERR_USAGE_TLS_CONSTRAINT'],
  ['excluded subtree violation', 'ERR_USAGE_TLS_CONSTRAINT'],
  ['EE certificate key too weak', 'ERR_USAGE_TLS_WEAK'],
  ['CA certificate key too weak', 'ERR_USAGE_TLS_WEAK'],
  ['CA signature digest algorithm too weak', 'ERR_USAGE_TLS_WEAK'],
])('where Node.js has no code, “%s” is %s', (message, expected) => {
  const error = handshakeFailure({ code: 'UNSPECIFIED', message }, 'kafka:9093');
  expect(error).toMatchObject({ code: expected, facts: { reason: message } });
});

test('a peer that hangs up in the handshake is an inability', () => {
  const message = 'Client network socket disconnected before secure TLS connection was established';
  const failure = { code: 'ECONNRESET', message };
  const expected = { name: 'InabilityError', code: 'ERR_UNABLE_HANDSHAKE' };
  expect(handshakeFailure(failure, 'kafka:9093')).toMatchObject(expected);
  expect(hungUp('kafka:9093')).toMatchObject(expected);
});

test.each([['ECONNREFUSED'], ['ECONNRESET'], [undefined]])('%s is no failure of a handshake', (code) => {
  expect(handshakeFailure({ code, message: 'certificate key too weak' }, 'kafka:9093')).toBeNull();
});
