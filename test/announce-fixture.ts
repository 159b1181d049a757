// Tells everything that asks for the fixture which keys and brokers a stand of its own has made.
import type { startBrokers, BrokerUser } from '@sealwire/testing';
import type { initFolder } from '@sealwire/cli';
import type { Fixture } from './fixture.ts';

/** What a stand has made. */
interface StandParts {
  readonly folder: string;
  readonly init: Awaited<ReturnType<typeof initFolder>>;
  readonly admin: BrokerUser;
  readonly agents: readonly string[];
  readonly brokers: Pick<Awaited<ReturnType<typeof startBrokers>>, 'kafka' | 'rabbitmq'>;
}

export function announceFixture({ folder, init, admin, agents, brokers }: StandParts): Fixture {
  const { kafka, rabbitmq } = brokers;
  const fixture: Fixture = {
    folder,
    realm: init.realm,
    rootKey: init.rootPublicKey,
    tls: init.tls,
    admin,
    agents,
    kafka: kafka?.brokers ?? [],
    rabbitmqUrl: rabbitmq?.url ?? '',
    managementUrl: rabbitmq?.managementUrl ?? null,
    managementTlsUrl: rabbitmq?.managementTlsUrl ?? null,
    dataFolders: { kafka: kafka?.dataFolders ?? [], rabbitmq: rabbitmq?.dataFolders ?? [] },
  };
  process.env['SEALWIRE_TEST_FIXTURE'] = JSON.stringify(fixture);
  return fixture;
}
