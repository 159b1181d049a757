// Brokers that somebody else runs.
import { describe, expect, test } from '@jest/globals';
import { environmentCredentials, environmentKafka, environmentRabbitmq } from '../src/environment.js';

const full = {
  SEALWIRE_KAFKA_BROKERS: 'one:9093, two:9093',
  SEALWIRE_KAFKA_DATA: '/data/one,/data/two',
  SEALWIRE_RABBITMQ_URL: 'amqps://one:5671',
  SEALWIRE_BROKER_TLS_CA: '/tls/ca.crt',
  SEALWIRE_BROKER_TLS_CERT: '/tls/client.crt',
  SEALWIRE_BROKER_TLS_KEY: '/tls/client.key',
  SEALWIRE_BROKER_ADMIN: 'admin:se:cret',
  SEALWIRE_BROKER_USERS: 'alice:a,bob:b',
};

describe('brokers of the environment', () => {
  test('addresses and folders come from the variables', () => {
    expect(environmentKafka(full)).toMatchObject({
      brokers: ['one:9093', 'two:9093'],
      dataFolders: ['/data/one', '/data/two'],
    });
    expect(environmentRabbitmq(full)).toMatchObject({
      url: 'amqps://one:5671',
      plaintextUrl: null,
      dataFolders: [],
    });
  });

  test('they cannot be stopped from here', async () => {
    await expect(environmentKafka(full).stopBroker(0)).rejects.toMatchObject({ code: 'ERR_USAGE_ARGUMENT' });
    await expect(environmentRabbitmq(full).stopNode()).rejects.toMatchObject({ code: 'ERR_USAGE_ARGUMENT' });
  });

  test('there are no credentials where no address is set', () => {
    expect(
      environmentCredentials({ ...full, SEALWIRE_KAFKA_BROKERS: '', SEALWIRE_RABBITMQ_URL: undefined }),
    ).toBeNull();
  });

  test('a password may hold a colon', () => {
    expect(environmentCredentials(full)?.admin).toEqual({ name: 'admin', password: 'se:cret' });
  });

  test.each(['_TLS_CA', '_TLS_CERT', '_TLS_KEY', '_ADMIN', '_USERS'])(
    'SEALWIRE_BROKER%s is needed with an address',
    (name) => {
      expect(() => environmentCredentials({ ...full, [`SEALWIRE_BROKER${name}`]: undefined })).toThrow(
        `SEALWIRE_BROKER${name}`,
      );
    },
  );
});
