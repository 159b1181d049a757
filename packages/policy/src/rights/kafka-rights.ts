// The least that Kafka must allow each agent, so that everything that the policy permits works, and nothing else.
import { kafkaAclKey, readerGroup } from '@sealwire/core';
import type { Directory, KafkaAcl, KafkaOperation, KafkaResource } from '@sealwire/core';
import type { ChannelPolicy, PolicyTemplate } from '../policy.js';
import { agentParts, type AgentPart } from './agent-part.js';
import { checkApart, type OwnedPattern, type PatternOwner } from './check-apart.js';
import { kafkaPrincipal } from './kafka-principal.js';
import { auditsOver } from './outlet-use.js';

/** An entry that the policy asks for. */
export interface KafkaRight {
  readonly acl: KafkaAcl;
  /** Who needs it: several where they share a principal. */
  readonly agents: readonly string[];
  /** What for, in a few words each. */
  readonly why: readonly string[];
}

/** How the groups of Sealwire's tools begin. */
export const toolGroup = 'sealwire-inspect-';

/**
 * Derives the entries from routes and directory; nothing is asked of a broker.
 * `Describe` is not among them: `Read` and `Write` imply it. Neither is `IdempotentWrite` on the cluster: since Kafka 2.8
 * who may write to a topic may do so idempotently.
 * @param agents all of the directory's
 * @throws UsageError ERR_USAGE_POLICY, ERR_USAGE_FILE where it is not known by which name Kafka knows an agent;
 * ERR_USAGE_POLICY where the groups or transactional ids of one agent are another's too
 */
export function kafkaRights(
  template: PolicyTemplate,
  directory: Directory,
  agents: readonly string[],
): readonly KafkaRight[] {
  const rights = new Rights();
  const groups: OwnedPattern[] = [];
  const transactionalIds: OwnedPattern[] = [];
  for (const part of agentParts(template, directory, agents)) {
    const own = new RightsOfOne(rights, template, part);
    own.sending();
    own.receiving();
    own.redriving();
    own.auditing();
    own.directory(isWriter(template, directory, part.agent));
    groups.push(...own.groups);
    transactionalIds.push(...own.transactionalIds);
  }
  checkApart(template, 'groups', groups);
  checkApart(template, 'transactional_ids', transactionalIds);
  return rights.all();
}

const isWriter = ({ acl }: PolicyTemplate, directory: Directory, agent: string): boolean =>
  acl.kafka.directoryWriters.some((name) => name === agent || directory.isMember(agent, name));

/** Entries that several agents or reasons ask for are one. */
class Rights {
  readonly #byKey = new Map<string, { acl: KafkaAcl; agents: Set<string>; why: Set<string> }>();

  add(acl: KafkaAcl, agent: string, why: string): void {
    const key = kafkaAclKey(acl);
    const known = this.#byKey.get(key) ?? { acl, agents: new Set(), why: new Set() };
    known.agents.add(agent);
    known.why.add(why);
    this.#byKey.set(key, known);
  }

  all(): KafkaRight[] {
    return Array.from(this.#byKey.values(), ({ acl, agents, why }) => ({
      acl,
      agents: [...agents],
      why: [...why],
    }));
  }
}

class RightsOfOne {
  readonly groups: OwnedPattern[] = [];
  readonly transactionalIds: OwnedPattern[] = [];
  readonly #rights: Rights;
  readonly #template: PolicyTemplate;
  readonly #part: AgentPart;
  #principal: string | null = null;

  constructor(rights: Rights, template: PolicyTemplate, part: AgentPart) {
    this.#rights = rights;
    this.#template = template;
    this.#part = part;
  }

  sending(): void {
    const sent = overKafka(this.#part.sends);
    for (const [channel, types] of sent) {
      const why = `sends ${types.join(', ')} on ${channel.name}`;
      for (const topic of channel.topics) this.#topic(topic, 'Write', why);
      if (channel.sessionTopic === null) continue;
      this.#topic(channel.sessionTopic, 'Write', why);
      this.#checksSessions(channel, channel.sessionTopic);
    }
    if (sent.length === 0) return;
    this.#audits();
    for (const pattern of this.#names('transactionalIds'))
      this.#own(this.transactionalIds, pattern, 'TransactionalId', 'Write', 'sends in transactions');
  }

  receiving(): void {
    const received = overKafka(this.#part.receives);
    const { onReject, name: quarantine } = this.#template.quarantine.kafka;
    for (const [channel, types] of received) {
      const why = `receives ${types.join(', ')} on ${channel.name}`;
      for (const topic of channel.topics) {
        this.#topic(topic, 'Read', why);
        this.#topic(topic, 'DescribeConfigs', 'checks how the topic keeps and stamps its records');
      }
      if (channel.sessionTopic !== null) this.#readsSessions(channel, channel.sessionTopic, why);
    }
    if (received.length === 0) return;
    this.#audits();
    if (onReject === 'quarantine') {
      this.#topic(quarantine, 'Write', 'quarantines what it rejects');
      this.#topic(quarantine, 'DescribeConfigs', 'checks that the quarantine takes the largest records');
    }
    const readsAs = new Set(received.flatMap(([channel]) => this.#part.readsAs.get(channel) ?? []));
    for (const template of this.#names('groups')) {
      const why = 'reads in this consumer group';
      if (!template.includes('{group}')) this.#own(this.groups, template, 'Group', 'Read', why);
      else
        for (const group of readsAs) {
          const pattern = template.replaceAll('{group}', () => group);
          this.#own(this.groups, pattern, 'Group', 'Read', why, { kind: 'group', name: group });
        }
    }
  }

  redriving(): void {
    const channels = this.#template.channels.filter(({ topics }) => topics.length > 0);
    if (!this.#part.redrives || channels.length === 0) return;
    const why = 're-drives rejected messages';
    const { name: quarantine } = this.#template.quarantine.kafka;
    for (const topic of [quarantine, ...channels.flatMap(({ topics }) => topics)]) {
      this.#topic(topic, 'Read', why);
      this.#topic(topic, 'Write', why);
    }
    for (const { sessionTopic } of channels)
      if (sessionTopic !== null) this.#topic(sessionTopic, 'Read', why);
    this.#add('Group', 'Prefixed', toolGroup, 'Read', why);
    this.#add('Group', 'Prefixed', toolGroup, 'Delete', 'deletes the groups that its tools read in');
    this.#audits();
  }

  directory(isWriter: boolean): void {
    const { directoryTopic } = this.#template.acl.kafka;
    if (directoryTopic === null) return;
    this.#topic(directoryTopic, 'Read', 'follows the directory');
    this.#topic(directoryTopic, 'DescribeConfigs', 'checks how long the directory is kept');
    if (isWriter) this.#topic(directoryTopic, 'Write', 'publishes the directory');
    this.#add(
      'Group',
      'Prefixed',
      readerGroup('directory', this.#part.agent),
      'Read',
      'follows the directory',
    );
  }

  /** Events of another transport go here too. */
  auditing(): void {
    this.#audits();
  }

  /** Appends, and asks for settings: who may do so can neither read, change nor delete what lies in a topic. */
  #audits(): void {
    const { auditTarget, audit } = this.#template;
    if (!auditsOver(this.#template, this.#part, 'kafka')) return;
    this.#topic(auditTarget.kafka, 'Write', 'leaves its audit trail');
    this.#topic(auditTarget.kafka, 'DescribeConfigs', 'checks that the audit topic keeps its events');
    if (audit.createTopic !== null)
      this.#topic(auditTarget.kafka, 'Create', 'makes the audit topic where it is missing');
    this.#witnesses();
  }

  /** What agents may read there, they may also write: it is believed for its signatures. */
  #witnesses(): void {
    const { checkpoint, createTopic } = this.#template.audit;
    const { topic } = checkpoint;
    if (topic === null) return;
    const why = 'tells of its checkpoints, and hears of others’';
    for (const operation of ['Write', 'Read'] as const) this.#topic(topic, operation, why);
    if (createTopic !== null) this.#topic(topic, 'Create', 'makes the topic of notices where it is missing');
    this.#add('Group', 'Prefixed', readerGroup('notices', this.#part.agent), 'Read', why);
  }

  #readsSessions(channel: ChannelPolicy, sessionTopic: string, why: string): void {
    this.#topic(sessionTopic, 'Read', why);
    this.#checksSessions(channel, sessionTopic);
    this.#add('Group', 'Prefixed', readerGroup('sessions', this.#part.agent), 'Read', 'looks sessions up');
  }

  #checksSessions({ topics }: ChannelPolicy, sessionTopic: string): void {
    for (const topic of [sessionTopic, ...topics])
      this.#topic(topic, 'DescribeConfigs', 'checks that sessions are kept as long as messages');
  }

  #names(which: 'groups' | 'transactionalIds'): readonly string[] {
    const { kafka } = this.#template.acl;
    return kafka.agents.get(this.#part.agent)?.[which] ?? kafka[which];
  }

  /** A pattern that is to be this agent's alone where its name is in it, or else its group's. */
  #own(
    owned: OwnedPattern[],
    template: string,
    resource: 'Group' | 'TransactionalId',
    operation: KafkaOperation,
    why: string,
    group: PatternOwner | null = null,
  ): void {
    const { agent } = this.#part;
    const text = template.replaceAll('{agent}', () => agent);
    const prefixed = text.endsWith('*');
    const pattern = prefixed ? 'Prefixed' : 'Literal';
    const name = prefixed ? text.slice(0, -1) : text;
    this.#add(resource, pattern, name, operation, why);
    const owner: PatternOwner | null = template.includes('{agent}') ? { kind: 'agent', name: agent } : group;
    owned.push({ agent, owner, pattern, name });
  }

  #topic(name: string, operation: KafkaOperation, why: string): void {
    this.#add('Topic', 'Literal', name, operation, why);
  }

  #add(
    resource: KafkaResource,
    pattern: KafkaAcl['pattern'],
    name: string,
    operation: KafkaOperation,
    why: string,
  ): void {
    this.#principal ??= kafkaPrincipal(this.#template, this.#part.agent);
    const acl = { principal: this.#principal, host: '*', permission: 'Allow', operation } as const;
    this.#rights.add({ ...acl, resource, pattern, name }, this.#part.agent, why);
  }
}

function overKafka(channels: AgentPart['sends']): readonly (readonly [ChannelPolicy, readonly string[]])[] {
  return [...channels].filter(([{ topics }]) => topics.length > 0);
}
