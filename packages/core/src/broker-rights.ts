// What a broker itself lets its clients do, in the brokers' own terms: what the policy derives, and adapters read and set.

/** Kafka's operations. `Other`: one that this version does not know. */
export type KafkaOperation =
  | 'All'
  | 'Read'
  | 'Write'
  | 'Create'
  | 'Delete'
  | 'Alter'
  | 'Describe'
  | 'ClusterAction'
  | 'DescribeConfigs'
  | 'AlterConfigs'
  | 'IdempotentWrite'
  | 'Other';

export type KafkaResource = 'Topic' | 'Group' | 'TransactionalId' | 'Cluster' | 'Other';

/** One entry of Kafka's access control. */
export interface KafkaAcl {
  /** `User:` and a name; `User:*` is everyone. */
  readonly principal: string;
  /** `*`: from anywhere. */
  readonly host: string;
  readonly permission: 'Allow' | 'Deny';
  readonly operation: KafkaOperation;
  readonly resource: KafkaResource;
  /** `Literal`: this name, or every name where it is `*`. `Prefixed`: names that begin so. */
  readonly pattern: 'Literal' | 'Prefixed';
  readonly name: string;
}

/** The same for the same entry, and for no other. */
export const kafkaAclKey = (acl: KafkaAcl): string =>
  JSON.stringify([
    acl.principal,
    acl.host,
    acl.permission,
    acl.operation,
    acl.resource,
    acl.pattern,
    acl.name,
  ]);

/** What a RabbitMQ user may do on a virtual host: regular expressions over names of queues and exchanges. */
export interface RabbitmqPermission {
  readonly user: string;
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** The routing keys that a user may use with a topic exchange: regular expressions. Without it, all of them. */
export interface RabbitmqTopicPermission {
  readonly user: string;
  readonly exchange: string;
  readonly write: string;
  readonly read: string;
}
