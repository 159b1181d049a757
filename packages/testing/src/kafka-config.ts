// The files that one Kafka broker starts from.
import { join } from 'node:path';
import type { BrokerUser, KafkaTokens } from './brokers.js';
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
  /** A listener behind a proxy, whose port clients are told. */
  readonly proxied?: { readonly port: number; readonly proxyPort: number };
}

/** What the brokers of a cluster have in common. */
export interface KafkaClusterPlan {
  readonly clusterId: string;
  readonly controllerPort: number;
  readonly replicas: number;
  readonly internalPassword: string;
  readonly admin: BrokerUser;
  readonly users: readonly BrokerUser[];
  readonly tokens?: KafkaTokens;
  /** Beside those of the template. */
  readonly settings?: Readonly<Record<string, string>>;
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
  const { proxied } = broker;
  const behind = proxied === undefined ? [] : [`PROXIED://127.0.0.1:${proxied.port}`];
  const front = proxied === undefined ? [] : [`PROXIED://localhost:${proxied.proxyPort}`];
  const settings = fillTemplate('kafka/server.properties', {
    roles: broker.node === 1 ? 'broker,controller' : 'broker',
    node: broker.node,
    controllerPort: cluster.controllerPort,
    data: join(broker.folder, 'data'),
    listeners: [...client, ...plaintext, ...behind, ...controller].join(','),
    advertised: [
      ...[...client, ...plaintext].map((one) => one.replace('127.0.0.1', 'localhost')),
      ...front,
    ].join(','),
    protocols:
      'CLIENT:SASL_SSL,INTERNAL:SASL_SSL,CONTROLLER:SASL_SSL' +
      (plaintext.length > 0 ? ',PLAINTEXT:SASL_PLAINTEXT' : '') +
      (proxied === undefined ? '' : ',PROXIED:SASL_SSL'),
    keyStore: join(broker.folder, 'broker.pem'),
    trustStore: join(broker.folder, 'ca.crt'),
    internalJaas: `${plain} username="${internalUser}" password="${cluster.internalPassword}" user_${internalUser}="${cluster.internalPassword}";`,
    clientJaas: `${plain} ${everyone};`,
    admin: cluster.admin.name,
    replicas: cluster.replicas,
  });
  const more = Object.entries(cluster.settings ?? {}).map(([name, value]) => `${name}=${value}\n`);
  return [
    settings,
    // The plaintext listener differs from the other in TLS only, the proxied one in nothing.
    ...(plaintext.length > 0 ? [asClient(settings, 'plaintext', 'sasl\\.')] : []),
    ...(proxied === undefined ? [] : [asClient(settings, 'proxied', '')]),
    ...(cluster.tokens === undefined ? [] : [tokenSettings(cluster.tokens, broker)]),
    ...more,
  ].join('');
}

const keySet = ({ folder }: Pick<KafkaBrokerPlan, 'folder'>): string => join(folder, 'jwks.json');

/** For the listener for clients: of two lines for one setting, Kafka takes the last. */
function tokenSettings({ issuer, audience, sessionMs }: KafkaTokens, broker: KafkaBrokerPlan): string {
  const listener = 'listener.name.client';
  const module = 'org.apache.kafka.common.security.oauthbearer';
  const own = {
    'sasl.jaas.config': `${module}.OAuthBearerLoginModule required;`,
    'sasl.server.callback.handler.class': `${module}.OAuthBearerValidatorCallbackHandler`,
    'sasl.oauthbearer.jwks.endpoint.url': `file://${keySet(broker)}`,
    'sasl.oauthbearer.expected.issuer': issuer,
    'sasl.oauthbearer.expected.audience': audience,
    'connections.max.reauth.ms': String(sessionMs),
  };
  return [
    `${listener}.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER\n`,
    ...Object.entries(own).map(([name, value]) => `${listener}.oauthbearer.${name}=${value}\n`),
  ].join('');
}

/** What start.sh gives to Java beside its own options: Kafka reads keys from places that are named there only. */
export function kafkaJavaArguments(broker: Pick<KafkaBrokerPlan, 'folder'>): string {
  return `"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://${keySet(broker)}"\n`;
}

/** The settings of the listener for clients, for another one. */
function asClient(settings: string, listener: string, which: string): string {
  const lines = settings.match(new RegExp(`^listener\\.name\\.client\\..*${which}.*$`, 'gm')) ?? [];
  return lines.map((line) => `${line.replace('.client.', `.${listener}.`)}\n`).join('');
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
