// SASL by name and password as kafkajs has it, but for what a refusal means: kafkajs takes each for wrong credentials.
import kafkajs, { type AuthenticationProviderArgs, type Authenticator, type SASLOptions } from 'kafkajs';

type Provider = (given: AuthenticationProviderArgs) => Authenticator;

/** kafkajs does not type that it is there. */
const { KafkaJSConnectionError } = kafkajs as unknown as {
  readonly KafkaJSConnectionError: new (
    message: string,
    facts: { readonly broker: string; readonly code: string },
  ) => Error;
};

/**
 * To be given to kafkajs as `sasl`, for all connections of one Kafka client. A broker that goes away while it is logged in
 * to, and one that refuses credentials that were accepted before, are errors that kafkajs tries again after: right after
 * its start a broker does not know its users yet. Credentials that were never accepted are refused as by kafkajs.
 */
export function passwordLogin(login: SASLOptions): SASLOptions {
  let accepted = false;
  let provider: Provider | undefined;

  const explained =
    (own: Provider): Provider =>
    (given) => {
      let failure: unknown = null;
      const authenticator = own({
        ...given,
        saslAuthenticate: async (exchange) => {
          try {
            return await given.saslAuthenticate(exchange);
          } catch (error) {
            failure = error;
            throw error;
          }
        },
      });
      return {
        async authenticate() {
          try {
            await authenticator.authenticate();
          } catch (error) {
            const { retriable, type } = (failure ?? {}) as { retriable?: unknown; type?: unknown };
            // kafkajs keeps the message alone of what a login failed with, whatever that was.
            if (retriable === true) throw failure;
            const isKnown = accepted && type === 'SASL_AUTHENTICATION_FAILED';
            throw isKnown ? refusedNow(`${given.host}:${given.port}`) : error;
          }
          accepted = true;
        },
      };
    };

  // kafkajs puts its own provider of the mechanism there with the first connection.
  return Object.defineProperty({ ...login }, 'authenticationProvider', {
    get: () => provider,
    set(own: Provider) {
      provider = explained(own);
    },
  });
}

/** kafkajs makes a new connection after it, within its retries. */
const refusedNow = (broker: string): Error =>
  new KafkaJSConnectionError(
    `The broker ${broker} refuses a user and password that were accepted before. It may have started just now and not know its users yet: try again. If it goes on, check \`sasl\` in the Kafka connection of the policy and the user on the broker.`,
    { broker, code: 'ERR_UNABLE_CONNECTION' },
  );
