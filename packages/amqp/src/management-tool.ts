// Reads and changes permissions over RabbitMQ's management API, for the operator's tool.
import { InabilityError, UsageError } from '@sealwire/core';
import type { ConnectionGuard, RabbitmqPermission, RabbitmqTopicPermission } from '@sealwire/core';
import { askManagement, managementPlace, type ManagementLogin } from './ask-management.js';

export interface ManagementTool {
  users(): Promise<readonly string[]>;
  permissions(vhost: string): Promise<readonly RabbitmqPermission[]>;
  topicPermissions(vhost: string): Promise<readonly RabbitmqTopicPermission[]>;
  /** Replaces what the user has. */
  setPermission(vhost: string, permission: RabbitmqPermission): Promise<void>;
  removePermission(vhost: string, user: string): Promise<void>;
  /** Replaces what the user has for the exchange. */
  setTopicPermission(vhost: string, permission: RabbitmqTopicPermission): Promise<void>;
}

const limitMs = 30_000;
const maxAnswerBytes = 64 * 1024 * 1024;

/**
 * Every request goes over a connection of its own, which is judged as the policy asks before the password is sent:
 * TLS as for the broker. Plain HTTP is for this machine only, where nobody is in between.
 * @param login of a user with the tag `administrator`
 * @param url `https://host:port`, or `http://` on loopback
 * @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_CONNECTION. Its functions: ERR_USAGE_TLS, ERR_USAGE_SASL,
 *   ERR_USAGE_NETWORK, ERR_USAGE_ACL; InabilityError ERR_UNABLE_CONNECTION
 */
export function managementTool(guard: ConnectionGuard, url: string, login: ManagementLogin): ManagementTool {
  managementPlace(url);
  const ask = async (
    method: 'GET' | 'PUT' | 'DELETE',
    path: readonly string[],
    body?: object,
  ): Promise<unknown> => {
    const request = { method, path, login, limitMs, maxAnswerBytes };
    const answer = await askManagement(guard, url, body === undefined ? request : { ...request, body });
    return judgedAnswer(answer.status, answer.body, path);
  };
  return {
    users: async () => rows(await ask('GET', ['users'])).map((row) => text(row, 'name')),
    permissions: async (vhost) =>
      rows(await ask('GET', ['vhosts', vhost, 'permissions'])).map((row) => ({
        user: text(row, 'user'),
        configure: text(row, 'configure'),
        write: text(row, 'write'),
        read: text(row, 'read'),
      })),
    topicPermissions: async (vhost) =>
      rows(await ask('GET', ['vhosts', vhost, 'topic-permissions'])).map((row) => ({
        user: text(row, 'user'),
        exchange: text(row, 'exchange'),
        write: text(row, 'write'),
        read: text(row, 'read'),
      })),
    async setPermission(vhost, { user, ...permission }) {
      await ask('PUT', ['permissions', vhost, user], permission);
    },
    async removePermission(vhost, user) {
      await ask('DELETE', ['permissions', vhost, user]);
    },
    async setTopicPermission(vhost, { user, ...permission }) {
      await ask('PUT', ['topic-permissions', vhost, user], permission);
    },
  };
}

function judgedAnswer(status: number, body: Buffer, path: readonly string[]): unknown {
  if (status === 201 || status === 204) return null;
  if (status === 200) {
    try {
      return JSON.parse(body.toString()) as unknown;
    } catch {
      // Told below: whatever answers there is not RabbitMQ.
    }
  }
  const facts = { status, what: path[0]! };
  if (status === 401)
    throw new UsageError(
      'ERR_USAGE_SASL',
      'The management API refuses the user or the password, or the user lacks the tag administrator. Check them: rabbitmqctl list_users.',
      facts,
    );
  if (status === 403)
    throw new UsageError(
      'ERR_USAGE_ACL',
      'This user may not see or change permissions: it needs the tag administrator.',
      facts,
    );
  if (status === 400 || status === 404)
    throw new UsageError(
      'ERR_USAGE_ACL',
      `The broker does not take it (${status}, ${path[0]!}): check acl.rabbitmq.vhost, and that its users and exchanges are there.`,
      facts,
    );
  throw new InabilityError(
    'ERR_UNABLE_CONNECTION',
    `What answers there is not RabbitMQ’s management API, or it is not ready (${status}). Check the address, and rabbitmq-plugins enable rabbitmq_management.`,
    facts,
  );
}

type Row = Readonly<Record<string, unknown>>;

const rows = (answer: unknown): readonly Row[] => (Array.isArray(answer) ? (answer as Row[]) : []);

function text(row: Row, key: string): string {
  const value = row[key];
  return typeof value === 'string' ? value : '';
}
