// The files that a RabbitMQ node starts from.
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BrokerTls, BrokerUser, RabbitmqPermission } from './brokers.js';
import { fillTemplate } from './fill-template.js';

export interface RabbitmqPlan {
  readonly folder: string;
  readonly tls: BrokerTls;
  readonly port: number;
  /** Null: no such listener. */
  readonly plaintextPort: number | null;
  readonly managementPort: number;
  readonly managementTlsPort: number;
  readonly admin: BrokerUser;
  readonly users: readonly BrokerUser[];
  readonly permissions: Readonly<Record<string, RabbitmqPermission>>;
}

/** rabbitmq.conf: the template of docker/rabbitmq, bound to loopback, with the management plug-in. */
export function rabbitmqSettings(plan: RabbitmqPlan): string {
  const settings = fillTemplate('rabbitmq/rabbitmq.conf', {
    bind: '127.0.0.1',
    port: plan.port,
    tcp:
      plan.plaintextPort === null
        ? 'listeners.tcp = none'
        : `listeners.tcp.1 = 127.0.0.1:${plan.plaintextPort}`,
    ca: plan.tls.caFile,
    certificate: plan.tls.certFile,
    key: plan.tls.keyFile,
    definitions: join(plan.folder, 'definitions.json'),
  });
  const management = [
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${plan.managementPort}`,
    'management.ssl.ip = 127.0.0.1',
    `management.ssl.port = ${plan.managementTlsPort}`,
    'management.ssl.versions.1 = tlsv1.3',
    `management.ssl.cacertfile = ${plan.tls.caFile}`,
    `management.ssl.certfile = ${plan.tls.certFile}`,
    `management.ssl.keyfile = ${plan.tls.keyFile}`,
    'management.ssl.verify = verify_peer',
    'management.ssl.fail_if_no_peer_cert = true',
  ];
  return `${settings}\n${management.join('\n')}\n`;
}

/** How RabbitMQ stores a password: a random salt of four bytes, then SHA-256 over salt and password; base64. */
export function rabbitmqPasswordHash(password: string, salt: Buffer = randomBytes(4)): string {
  return Buffer.concat([salt, createHash('sha256').update(salt).update(password).digest()]).toString(
    'base64',
  );
}

const everything: RabbitmqPermission = { configure: '.*', write: '.*', read: '.*' };

/** definitions.json: users, the virtual host `/`, and who may do what on it. */
export function rabbitmqDefinitions(plan: Pick<RabbitmqPlan, 'admin' | 'users' | 'permissions'>): string {
  const user = ({ name, password }: BrokerUser, tags: string) => ({
    name,
    password_hash: rabbitmqPasswordHash(password),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags,
  });
  const permission = (name: string, allowed: RabbitmqPermission) => ({ user: name, vhost: '/', ...allowed });
  return JSON.stringify(
    {
      users: [user(plan.admin, 'administrator'), ...plan.users.map((one) => user(one, ''))],
      vhosts: [{ name: '/' }],
      permissions: [
        permission(plan.admin.name, everything),
        // Who has no entry cannot even open the virtual host.
        ...plan.users.flatMap(({ name }) => {
          const allowed = plan.permissions[name];
          return allowed === undefined ? [] : [permission(name, allowed)];
        }),
      ],
    },
    null,
    2,
  );
}

/** enabled_plugins, in Erlang's syntax. */
export const rabbitmqPlugins = '[rabbitmq_auth_mechanism_ssl,rabbitmq_management].\n';

/** `ports`, read by docker/rabbitmq/start.sh: a node name, distribution port and epmd of its own, so that nodes can coexist. */
export function rabbitmqPorts(port: number, dist: number, epmd: number): string {
  return `node=sealwire-${port}@localhost\ndist=${dist}\nepmd=${epmd}\n`;
}
