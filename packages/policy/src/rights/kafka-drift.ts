// What Kafka allows against what the policy asks for: what is missing, what is blocked, and what makes its denials moot.
import { kafkaAclKey, type KafkaAcl, type KafkaOperation } from '@sealwire/core';
import type { PolicyTemplate } from '../policy.js';
import { patternCovers, patternsMeet } from './check-apart.js';
import { toolGroup, type KafkaRight } from './kafka-rights.js';

export interface KafkaDrift {
  /** Asked for, and not there. */
  readonly missing: readonly KafkaRight[];
  /** Denials that keep agents from what they are allowed. */
  readonly blocking: readonly { readonly acl: KafkaAcl; readonly blocks: readonly KafkaRight[] }[];
  /** Allowed on the policy's own resources, and not by the policy. */
  readonly unknown: readonly KafkaAcl[];
  /**
   * Allowed on more than the policy's resources, and on those too: wildcards, beginnings, rights over the cluster. They
   * are others' as well, so they are told and never removed.
   */
  readonly wide: readonly { readonly acl: KafkaAcl; readonly reaches: readonly string[] }[];
  /** Of the principals that the policy leaves alone, on its resources. */
  readonly others: readonly KafkaAcl[];
  /** How many are there as they are asked for. */
  readonly inPlace: number;
}

/** What each operation allows besides itself, by Kafka's own rules. */
const implied: Readonly<Partial<Record<KafkaOperation, readonly KafkaOperation[]>>> = {
  Read: ['Describe'],
  Write: ['Describe'],
  Delete: ['Describe'],
  Alter: ['Describe'],
  AlterConfigs: ['DescribeConfigs'],
};

/** With one of these over the cluster, a client gives itself every other right. */
const clusterPowers: ReadonlySet<KafkaOperation> = new Set(['All', 'Alter', 'AlterConfigs', 'ClusterAction']);

/** Compares what `kafkaRights` asks for with all entries that a cluster has. */
export function kafkaDrift(
  template: PolicyTemplate,
  rights: readonly KafkaRight[],
  acls: readonly KafkaAcl[],
): KafkaDrift {
  const actual = new Set(acls.map(kafkaAclKey));
  const missing = rights.filter(({ acl }) => !actual.has(kafkaAclKey(acl)));
  const wanted = new Set(rights.map(({ acl }) => kafkaAclKey(acl)));
  const byPrincipal = new Map<string, KafkaRight[]>();
  for (const right of rights) {
    const own = byPrincipal.get(right.acl.principal);
    if (own === undefined) byPrincipal.set(right.acl.principal, [right]);
    else own.push(right);
  }
  const resources = new OwnResources(template, rights);
  const drift = {
    missing,
    blocking: [] as { acl: KafkaAcl; blocks: KafkaRight[] }[],
    unknown: [] as KafkaAcl[],
    wide: [] as { acl: KafkaAcl; reaches: string[] }[],
    others: [] as KafkaAcl[],
    inPlace: rights.length - missing.length,
  };
  for (const acl of acls) {
    if (acl.permission === 'Deny') {
      const judged = acl.principal === everyone ? rights : (byPrincipal.get(acl.principal) ?? []);
      const blocks = judged.filter((right) => isBlocked(right.acl, acl));
      if (blocks.length > 0) drift.blocking.push({ acl, blocks });
      continue;
    }
    if (wanted.has(kafkaAclKey(acl))) continue;
    const isAgents = byPrincipal.has(acl.principal);
    const reaches = resources.reachedBy(acl);
    if (
      acl.resource === 'Cluster' &&
      clusterPowers.has(acl.operation) &&
      (isAgents || acl.principal === everyone)
    )
      reaches.push('everything');
    if (reaches.length === 0) continue;
    if ((byPrincipal.get(acl.principal) ?? []).some((right) => isWithin(acl, right.acl))) continue;
    if (template.acl.kafka.others.has(acl.principal)) drift.others.push(acl);
    else if (resources.areAllOf(acl)) drift.unknown.push(acl);
    else drift.wide.push({ acl, reaches });
  }
  return drift;
}

/** Whether nothing is to be told. */
export const isKafkaInOrder = ({ missing, blocking, unknown, wide }: KafkaDrift): boolean =>
  missing.length + blocking.length + unknown.length + wide.length === 0;

const everyone = 'User:*';

type Pattern = Pick<KafkaAcl, 'pattern' | 'name'>;

/** A lone `*` is every name. */
const patternOf = ({ pattern, name }: Pattern): Pattern =>
  pattern === 'Literal' && name === '*' ? { pattern: 'Prefixed', name: '' } : { pattern, name };

function isBlocked(right: KafkaAcl, denial: KafkaAcl): boolean {
  const operations: KafkaOperation[] = [right.operation, ...(implied[right.operation] ?? [])];
  return (
    right.resource === denial.resource &&
    (denial.operation === 'All' || operations.includes(denial.operation)) &&
    patternsMeet(patternOf(denial), right)
  );
}

/** Whether an entry allows nothing that another one does not. */
function isWithin(acl: KafkaAcl, right: KafkaAcl): boolean {
  return (
    acl.resource === right.resource &&
    (acl.operation === right.operation || implied[right.operation]?.includes(acl.operation) === true) &&
    patternCovers(right, patternOf(acl))
  );
}

/** The resources that the policy names. */
class OwnResources {
  readonly #topics: ReadonlySet<string>;
  readonly #patterns: Readonly<Record<'Group' | 'TransactionalId', readonly Pattern[]>>;

  constructor(
    { channels, quarantine, auditTarget, audit, acl }: PolicyTemplate,
    rights: readonly KafkaRight[],
  ) {
    this.#topics = new Set(
      [
        ...channels.flatMap(({ topics, sessionTopic }) => [...topics, sessionTopic]),
        quarantine.kafka.name,
        auditTarget.kafka,
        audit.checkpoint.topic,
        acl.kafka.directoryTopic,
      ].filter((name) => name !== null),
    );
    const patterns = (resource: 'Group' | 'TransactionalId'): Pattern[] => {
      const own = rights.filter((right) => right.acl.resource === resource && right.acl.name !== toolGroup);
      return [...new Map(own.map((right) => [`${right.acl.pattern} ${right.acl.name}`, right.acl])).values()];
    };
    this.#patterns = { Group: patterns('Group'), TransactionalId: patterns('TransactionalId') };
  }

  /** Those of them that an entry is about. */
  reachedBy(acl: KafkaAcl): string[] {
    const pattern = patternOf(acl);
    if (acl.resource === 'Topic')
      return pattern.pattern === 'Literal'
        ? [pattern.name].filter((name) => this.#topics.has(name))
        : [...this.#topics].filter((name) => name.startsWith(pattern.name));
    if (acl.resource !== 'Group' && acl.resource !== 'TransactionalId') return [];
    return this.#patterns[acl.resource]
      .filter((own) => patternsMeet(own, pattern))
      .map(({ name, pattern: kind }) => `${name}${kind === 'Prefixed' ? '*' : ''}`);
  }

  /** Whether an entry is about nothing else. */
  areAllOf(acl: KafkaAcl): boolean {
    if (acl.resource === 'Topic') return acl.pattern === 'Literal' && acl.name !== '*';
    if (acl.resource !== 'Group' && acl.resource !== 'TransactionalId') return false;
    return this.#patterns[acl.resource].some((own) => patternCovers(own, patternOf(acl)));
  }
}
