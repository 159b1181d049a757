import { beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs, { type AuthenticationProviderArgs, type Mechanism } from 'kafkajs';
import { connectError } from '../src/connect-error.js';
import { passwordLogin } from '../src/password-login.js';

type Make = new (message: unknown, facts?: object) => Error;
const {
  KafkaJSConnectionClosedError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
} = kafkajs as unknown as Record<string, Make>;

const refusal = () =>
  new KafkaJSProtocolError!({ type: 'SASL_AUTHENTICATION_FAILED', code: 58, retriable: false, message: 'x' });
const away = () => new KafkaJSConnectionClosedError!('Closed connection', { host: 'kafka', port: 9093 });

let answer: Error | null;
/** Of the broker’s signature, which the client checks. */
let forged: boolean;
let login: () => Promise<void>;
beforeEach(() => {
  [answer, forged] = [null, false];
  const sasl = passwordLogin({ mechanism: 'scram-sha-512', username: 'bob', password: 'secret' });
  // As kafkajs’ own mechanisms do it.
  const mechanism = sasl as unknown as Mechanism;
  mechanism.authenticationProvider = ({ saslAuthenticate }: AuthenticationProviderArgs) => ({
    async authenticate() {
      try {
        await saslAuthenticate({ request: { encode: () => Buffer.alloc(0) } });
        if (forged) throw new Error('Invalid server signature');
      } catch (error) {
        throw new KafkaJSSASLAuthenticationError!(`SASL failed: ${(error as Error).message}`);
      }
    },
  });
  login = () =>
    mechanism
      .authenticationProvider({
        host: 'kafka',
        port: 9093,
        logger: null as never,
        saslAuthenticate: () => (answer === null ? Promise.resolve() : Promise.reject(answer)),
      })
      .authenticate();
});

/** What a failed login is, for whoever called `connect()`, and whether kafkajs tries again. */
async function refused(): Promise<{ code: string; retriable: boolean; message: string }> {
  const error = (await login().then(
    () => new Error('accepted'),
    (reason: unknown) => reason,
  )) as Error & { retriable: boolean };
  const cause = new KafkaJSNumberOfRetriesExceeded!(error, { retryCount: 1, retryTime: 1 });
  const { code, message } = connectError(cause) as Error & { code: string };
  return { code, message, retriable: error.retriable };
}

describe('a login by password', () => {
  test('that was never accepted is refused for good', async () => {
    answer = refusal();
    expect(await refused()).toMatchObject({ code: 'ERR_USAGE_SASL', retriable: false });
    expect(await refused()).toMatchObject({ code: 'ERR_USAGE_SASL', retriable: false });
  });

  test('that was accepted before is an inability, which is tried again and says what to do if it lasts', async () => {
    await login();
    answer = refusal();
    const error = await refused();
    expect(error).toMatchObject({ code: 'ERR_UNABLE_CONNECTION', retriable: true });
    expect(error.message).toContain('kafka:9093 refuses');
    expect(error.message).toContain('sasl');
    expect(error.message).not.toMatch(/bob|secret/);
    answer = null;
    await expect(login()).resolves.toBeUndefined();
  });

  test('in the middle of which the broker goes away is an inability, accepted before or not', async () => {
    answer = away();
    expect(await refused()).toMatchObject({ code: 'ERR_UNABLE_CONNECTION', retriable: true });
    answer = null;
    await login();
    answer = away();
    expect(await refused()).toMatchObject({ code: 'ERR_UNABLE_CONNECTION', retriable: true });
  });

  test('at a broker that does not know the password is refused for good, accepted before or not', async () => {
    await login();
    forged = true;
    expect(await refused()).toMatchObject({ code: 'ERR_USAGE_SASL', retriable: false });
  });
});
