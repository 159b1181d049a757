// A failed connect says what is wrong. The errors are kafkajs’ own classes, nested as it nests them.
import { describe, expect, test } from '@jest/globals';
import { SealwireError } from '@sealwire/core';
import kafkajs from 'kafkajs';
import { connectError } from '../src/connect-error.js';

type Make = new (message: unknown, options?: object) => Error;
const { KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded, KafkaJSSASLAuthenticationError } =
  kafkajs as unknown as Record<string, Make>;
const exceeded = (cause: Error) =>
  new KafkaJSNumberOfRetriesExceeded!(cause, { retryCount: 1, retryTime: 1 });
const refused = (code?: string, message = 'x') =>
  exceeded(new KafkaJSConnectionError!(`Connection error: ${message}`, { broker: 'kafka:9093', code }));

describe('a failed connect', () => {
  test.each([
    ['ECONNREFUSED', 'ERR_UNABLE_CONNECTION'],
    ['ENOTFOUND', 'ERR_UNABLE_CONNECTION'],
    [undefined, 'ERR_UNABLE_CONNECTION'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'ERR_USAGE_TLS_ISSUER'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_USAGE_TLS_ISSUER'],
    ['CERT_HAS_EXPIRED', 'ERR_USAGE_TLS_EXPIRED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_USAGE_TLS_NAME'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_USAGE_TLS_CLIENT'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_USAGE_TLS_PLAINTEXT'],
    ['CERT_REVOKED', 'ERR_USAGE_REVOKED'],
    ['UNABLE_TO_GET_CRL', 'ERR_USAGE_TLS_CRL'],
    ['ERR_USAGE_PIN', 'ERR_USAGE_PIN'],
    ['ERR_USAGE_NETWORK', 'ERR_USAGE_NETWORK'],
    ['ERR_USAGE_CONNECTION', 'ERR_USAGE_CONNECTION'],
  ])('with %s is %s, with kafkajs’ error as its cause and the broker named', (code, expected) => {
    const cause = refused(code);
    const error = connectError(cause);
    expect(error).toBeInstanceOf(SealwireError);
    expect(error).toMatchObject({ code: expected, cause, facts: { broker: 'kafka:9093' } });
  });

  test('tells who refused whom', () => {
    const says = (code: string) => (connectError(refused(code)) as Error).message;
    expect(says('SELF_SIGNED_CERT_IN_CHAIN')).toContain('certificate of kafka:9093 is not trusted');
    expect(says('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')).toContain('refuses our client certificate');
    expect(says('ERR_SSL_WRONG_VERSION_NUMBER')).toContain('does not speak TLS');
  });

  test('for want of credentials is ERR_USAGE_SASL', () => {
    const denied = new KafkaJSSASLAuthenticationError!('SASL SCRAM SHA512 authentication failed');
    expect(connectError(denied)).toMatchObject({ code: 'ERR_USAGE_SASL', cause: denied });
    const mechanism = Object.assign(new Error('x'), { type: 'UNSUPPORTED_SASL_MECHANISM' });
    expect(connectError(mechanism)).toMatchObject({ code: 'ERR_USAGE_SASL' });
  });

  test('for any other reason keeps its error', () => {
    const other = new Error('brokers array is empty');
    expect(connectError(other)).toBe(other);
    expect(connectError(null)).toBeNull();
    const endless = new Error('x');
    endless.cause = endless;
    expect(connectError(endless)).toBe(endless);
  });
});
