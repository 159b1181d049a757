// What the broker benches stand on: keys, brokers, and a Sealwire with and without its audit.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFolder } from '@sealwire/cli';
import { startBrokers, type Brokers, type BrokerUser } from '@sealwire/testing';
import type { Sealwire } from 'sealwire';
import type { Fixture } from '../fixture.ts';

export interface Stand {
  readonly brokers: Brokers;
  close(): Promise<void>;
}

/** Starts both brokers and puts them where test/fixture.ts looks. */
export async function openStand(say: (line: string) => void): Promise<Stand> {
  const root = mkdtempSync(join(tmpdir(), 'sealwire-bench-'));
  const folder = join(root, 'sealwire');
  const agents = ['orchestrator', 'researcher'];
  const init = await initFolder({ folder, agents, brokerHosts: ['localhost'] });
  const { admin, users } = JSON.parse(readFileSync(init.brokersFile, 'utf8')) as {
    admin: BrokerUser;
    users: BrokerUser[];
  };
  const all = { configure: '.*', write: '.*', read: '.*' };
  const { caFile, brokerCertFile: certFile, brokerKeyFile: keyFile } = init.tls;
  const brokers = await startBrokers({
    folder: join(root, 'brokers'),
    tls: { caFile, certFile, keyFile },
    admin,
    users,
    rabbitmqPermissions: Object.fromEntries(users.map(({ name }) => [name, all])),
    log: say,
  });
  const { kafka, rabbitmq } = brokers;
  const fixture: Fixture = {
    folder,
    realm: init.realm,
    rootKey: init.rootPublicKey,
    tls: init.tls,
    admin,
    agents,
    kafka: kafka!.brokers,
    rabbitmqUrl: rabbitmq!.url,
    managementUrl: rabbitmq!.managementUrl,
    dataFolders: { kafka: kafka!.dataFolders, rabbitmq: rabbitmq!.dataFolders },
  };
  process.env['SEALWIRE_TEST_FIXTURE'] = JSON.stringify(fixture);
  return {
    brokers,
    close: async () => {
      await brokers.stop();
      rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/**
 * The same Sealwire, but its events go nowhere: shows what sealing and verifying cost by themselves. There is no such
 * switch in the product.
 */
export function withoutAudit(sealwire: Sealwire): Sealwire {
  const nowhere = { write: () => Promise.resolve() };
  return {
    ...sealwire,
    outlet: (transport) => sealwire.outlet(transport, nowhere),
    inlet: (transport) => sealwire.inlet(transport, nowhere),
  };
}
