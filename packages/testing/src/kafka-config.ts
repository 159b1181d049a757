// The files that one Kafka broker starts from.
import { join } from 'node:path';
import type { BrokerUser } from './brokers.js';
import { internalUser } from './check-users.js';
import { fillTemplate } from './fill-template.js';

/** One broker of a cluster; number 1 holds the controller. */
export interface KafkaBrokerPlan {
  readonly node: number;
  readonly folder: string;
  readonly port: number;
  readonly internalPort: number;
  /** Null: no such listener. */
  readonly plaintextPort: number | null;
}

/** What the brokers of a cluster have in common. */
export interface KafkaClusterPlan {
  readonly clusterId: string;
  readonly controllerPort: number;
  readonly replicas: number;
  readonly internalPassword: string;
  readonly admin: BrokerUser;
  readonly users: readonly BrokerUser[];
}

const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';

/** server.properties: the template of docker/kafka, bound to loopback. Holds passwords. */
export function kafkaProperties(cluster: KafkaClusterPlan, broker: KafkaBrokerPlan): string {
  const everyone = [cluster.admin, ...cluster.users]
    .map(({ name, password }) => `user_${name}="${password}"`)
    .join(' ');
  const client = [`CLIENT://127.0.0.1:${broker.port}`, `INTERNAL://127.0.0.1:${broker.internalPort}`];
  const controller = broker.node === 1 ? [`CONTROLLER://127.0.0.1:${cluster.controllerPort}`] : [];
  const plaintext = broker.plaintextPort === null ? [] : [`PLAINTEXT://127.0.0.1:${broker.plaintextPort}`];
  const settings = fillTemplate('kafka/server.properties', {
    roles: broker.node === 1 ? 'broker,controller' : 'broker',
    node: broker.node,
    controllerPort: cluster.controllerPort,
    data: join(broker.folder, 'data'),
    listeners: [...client, ...plaintext, ...controller].join(','),
    advertised: [...client, ...plaintext].join(',').replaceAll('127.0.0.1', 'localhost'),
    protocols:
      'CLIENT:SASL_SSL,INTERNAL:SASL_SSL,CONTROLLER:SASL_SSL' +
      (plaintext.length > 0 ? ',PLAINTEXT:SASL_PLAINTEXT' : ''),
    keyStore: join(broker.folder, 'broker.pem'),
    trustStore: join(broker.folder, 'ca.crt'),
    internalJaas: `${plain} username="${internalUser}" password="${cluster.internalPassword}" user_${internalUser}="${cluster.internalPassword}";`,
    clientJaas: `${plain} ${everyone};`,
    admin: cluster.admin.name,
    replicas: cluster.replicas,
  });
  return plaintext.length > 0 ? settings + plaintextSasl(settings) : settings;
}

// The plaintext listener differs from the other in TLS only.
function plaintextSasl(settings: string): string {
  const lines = settings.match(/^listener\.name\.client\..*sasl\..*$/gm) ?? [];
  return lines.map((line) => `${line.replace('.client.', '.plaintext.')}\n`).join('');
}

/**
 * format.args: the call of StorageTool as a Java argument file. It makes the users with their SCRAM credentials, in the
 * first broker only, whose controller hands them to the others. Holds passwords.
 */
export function kafkaFormatArguments(cluster: KafkaClusterPlan, broker: KafkaBrokerPlan): string {
  const users = broker.node === 1 ? [cluster.admin, ...cluster.users] : [];
  const scram = users.flatMap(({ name, password }) =>
    ['SCRAM-SHA-512', 'SCRAM-SHA-256'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
  const call = [
    'kafka.tools.StorageTool',
    'format',
    '--config',
    join(broker.folder, 'server.properties'),
    '--cluster-id',
    cluster.clusterId,
    ...scram,
  ];
  return call.map((word) => `"${word.replace(/[\\"]/g, '\\$&')}"\n`).join('');
}
