// The values of `acl` in the policy's own terms.
import type { AclValues } from './acl-schema.js';

/** By which names Kafka knows an agent, and which groups and transactional ids are its own. `{agent}` stands for its name. */
export interface KafkaNames {
  /** `null`: derived from the connection. */
  readonly principal: string | null;
  /** Names, or beginnings that end in `*`. `{group}` stands for each of the directory's groups that it reads as. */
  readonly groups: readonly string[];
  readonly transactionalIds: readonly string[];
}

export interface AclPolicy {
  readonly kafka: KafkaNames & {
    /** The topic that agents read the directory from; `null`: they read it elsewhere. */
    readonly directoryTopic: string | null;
    readonly directoryWriters: readonly string[];
    /** Principals whose rights are not judged. */
    readonly others: ReadonlySet<string>;
    readonly agents: ReadonlyMap<string, Partial<KafkaNames>>;
  };
  readonly rabbitmq: {
    /** `null`: derived from the connection. */
    readonly user: string | null;
    readonly vhost: string;
    /** Users whose rights are not judged. */
    readonly others: ReadonlySet<string>;
    readonly agents: ReadonlyMap<string, string>;
  };
}

/** A name of their own, and names behind it: of agents whose names begin alike neither reaches the other's. */
export const defaultGroups = ['{agent}', '{agent}.*', '{group}', '{group}.*'];
export const defaultTransactionalIds = ['{agent}', '{agent}.*'];

export function aclOf({ kafka, rabbitmq }: AclValues): AclPolicy {
  return {
    kafka: {
      principal: kafka.principal ?? null,
      groups: kafka.groups ?? defaultGroups,
      transactionalIds: kafka.transactional_ids ?? defaultTransactionalIds,
      directoryTopic: kafka.directory_topic ?? null,
      directoryWriters: kafka.directory_writers ?? [],
      others: new Set(kafka.others),
      agents: new Map(
        Object.entries(kafka.agents ?? {}).map(([agent, { principal, groups, transactional_ids: ids }]) => [
          agent,
          {
            ...(principal === undefined ? {} : { principal }),
            ...(groups === undefined ? {} : { groups }),
            ...(ids === undefined ? {} : { transactionalIds: ids }),
          },
        ]),
      ),
    },
    rabbitmq: {
      user: rabbitmq.user ?? null,
      vhost: rabbitmq.vhost,
      others: new Set(rabbitmq.others),
      agents: new Map(Object.entries(rabbitmq.agents ?? {}).map(([agent, { user }]) => [agent, user])),
    },
  };
}
