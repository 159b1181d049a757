// Reads and changes a cluster's access control, for the operator's tool.
import { InabilityError, kafkaAclKey, UsageError } from '@sealwire/core';
import type { ConnectionGuard, KafkaAcl, KafkaOperation, KafkaResource } from '@sealwire/core';
import kafkajs, { type AclEntry, type AclFilter, type Admin } from 'kafkajs';
import { withToolClient } from './tool-client.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

export interface AclTool {
  /** Every entry that the cluster has, but for those of kinds that this version does not know. */
  list(): Promise<readonly KafkaAcl[]>;
  /**
   * Resolves when the broker tells of them: the controller answers before it does.
   * @throws InabilityError ERR_UNABLE_CONNECTION where it does not in time
   */
  create(acls: readonly KafkaAcl[]): Promise<void>;
  /** Removes exactly these. Resolves, and throws, as `create`. */
  remove(acls: readonly KafkaAcl[]): Promise<void>;
}

const patienceMs = 30_000;
/** Of one request. */
const entriesAtOnce = 200;

/**
 * Runs `use` over a connection that the policy describes.
 * @throws UsageError ERR_USAGE_ACL where the brokers have no access control, or do not let this client see or change it;
 *   and as withToolClient
 */
export function withAclTool<Result>(
  guard: ConnectionGuard,
  brokers: readonly string[],
  use: (tool: AclTool) => Promise<Result>,
): Promise<Result> {
  return withToolClient(guard, brokers, ({ admin }) =>
    use({
      list: () => listed(admin),
      async create(acls) {
        for (const part of partsOf(acls.map(entryOf))) await allowed(admin.createAcls({ acl: part }));
        await until(admin, (there) => acls.every((acl) => there.has(kafkaAclKey(acl))));
      },
      async remove(acls) {
        for (const filters of partsOf(acls.map(entryOf))) await allowed(admin.deleteAcls({ filters }));
        await until(admin, (there) => !acls.some((acl) => there.has(kafkaAclKey(acl))));
      },
    }),
  );
}

const everything: AclFilter = {
  resourceType: AclResourceTypes.ANY,
  resourcePatternType: ResourcePatternTypes.ANY,
  operation: AclOperationTypes.ANY,
  permissionType: AclPermissionTypes.ANY,
};

async function listed(admin: Admin): Promise<KafkaAcl[]> {
  const { resources } = await allowed(admin.describeAcls(everything));
  return resources.flatMap(({ resourceType, resourceName: name, resourcePatternType, acls }) =>
    acls.map(({ principal, host, operation, permissionType }) => ({
      principal,
      host,
      permission: permissionType === AclPermissionTypes.DENY ? ('Deny' as const) : ('Allow' as const),
      operation: operationNames.get(operation) ?? 'Other',
      resource: resourceNames.get(resourceType) ?? 'Other',
      pattern:
        resourcePatternType === ResourcePatternTypes.PREFIXED ? ('Prefixed' as const) : ('Literal' as const),
      name,
    })),
  );
}

const operations: Readonly<Record<Exclude<KafkaOperation, 'Other'>, AclEntry['operation']>> = {
  All: AclOperationTypes.ALL,
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Delete: AclOperationTypes.DELETE,
  Alter: AclOperationTypes.ALTER,
  Describe: AclOperationTypes.DESCRIBE,
  ClusterAction: AclOperationTypes.CLUSTER_ACTION,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  AlterConfigs: AclOperationTypes.ALTER_CONFIGS,
  IdempotentWrite: AclOperationTypes.IDEMPOTENT_WRITE,
};
const resources: Readonly<Record<Exclude<KafkaResource, 'Other'>, AclEntry['resourceType']>> = {
  Topic: AclResourceTypes.TOPIC,
  Group: AclResourceTypes.GROUP,
  TransactionalId: AclResourceTypes.TRANSACTIONAL_ID,
  Cluster: AclResourceTypes.CLUSTER,
};

const reversed = <Name extends string, Id>(names: Readonly<Record<Name, Id>>): ReadonlyMap<Id, Name> =>
  new Map((Object.entries(names) as [Name, Id][]).map(([name, id]) => [id, name]));
const operationNames = reversed(operations);
const resourceNames = reversed(resources);

function entryOf({ operation, resource, permission, pattern, name, principal, host }: KafkaAcl): AclEntry {
  if (operation === 'Other' || resource === 'Other')
    throw new UsageError(
      'ERR_USAGE_ACL',
      'An entry of a kind that this version does not know is left alone.',
    );
  return {
    resourceType: resources[resource],
    resourceName: name,
    resourcePatternType:
      pattern === 'Prefixed' ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal,
    host,
    operation: operations[operation],
    permissionType: permission === 'Deny' ? AclPermissionTypes.DENY : AclPermissionTypes.ALLOW,
  };
}

function partsOf<One>(all: readonly One[]): One[][] {
  const parts: One[][] = [];
  for (let i = 0; i < all.length; i += entriesAtOnce) parts.push(all.slice(i, i + entriesAtOnce));
  return parts;
}

async function until(admin: Admin, done: (there: ReadonlySet<string>) => boolean): Promise<void> {
  for (const deadlineMs = performance.now() + patienceMs; ;) {
    if (done(new Set((await listed(admin)).map(kafkaAclKey)))) return;
    if (performance.now() > deadlineMs)
      throw new InabilityError(
        'ERR_UNABLE_CONNECTION',
        'The controller took the entries, but the broker does not tell of them yet. Run "sealwire acl verify" in a while.',
      );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function allowed<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    const { type } = error as { readonly type?: unknown };
    if (type === 'SECURITY_DISABLED')
      throw new UsageError(
        'ERR_USAGE_ACL',
        'The brokers have no access control: whoever may connect may do everything. Set authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer, and super.users, on every broker and controller.',
        {},
        error,
      );
    if (type === 'CLUSTER_AUTHORIZATION_FAILED')
      throw new UsageError(
        'ERR_USAGE_ACL',
        'This client may not see or change the cluster’s access control; give --agent a super user, or one with Describe and Alter on the cluster.',
        {},
        error,
      );
    throw error;
  }
}
