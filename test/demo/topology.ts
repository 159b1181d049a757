// What there is on the brokers: names, and who may do what with them.
import { setTimeout as pause } from 'node:timers/promises';
import kafkajs, { type AclEntry, type AclOperationTypes, type Admin } from 'kafkajs';
import type { RabbitmqPermission } from '@sealwire/testing';
import type { ArenaNames } from '../attack/arena-policy.ts';
import { bareRabbitmq, withAdmin, type ChannelOptions } from '../fixture.ts';

export const agents = ['orchestrator', 'researcher', 'intern'];
export const groups = { team: ['orchestrator', 'researcher'], auditors: ['researcher'] };

/** Where a pipeline runs. Topic, queue and routing key have one name; the archive keeps a copy of all that the queue gets. */
export interface PipelineNames {
  readonly name: string;
  readonly exchange: string;
  readonly archive: string;
  readonly group: string;
}

export const pipeline: PipelineNames = {
  name: 'agent-messages',
  exchange: 'agents',
  archive: 'agent-messages.archive',
  group: 'researcher.agent-messages',
};

/** The same without protection, for the search to find. */
export const canary: PipelineNames = {
  name: 'canary',
  exchange: 'canaries',
  archive: 'canary.archive',
  group: 'canary',
};

export const arena: ArenaNames = {
  inbox: 'arena.inbox',
  otherChannel: 'arena.other-channel',
  quarantine: 'sealwire.quarantine',
  audit: 'sealwire.audit',
  exchange: 'arena',
  tap: 'arena.tap',
  group: 'researcher.arena',
};

export const pipelineChannels: Readonly<Record<string, ChannelOptions>> = {
  [pipeline.name]: {
    topics: [pipeline.name],
    queues: [pipeline.name],
    publish: [{ exchange: pipeline.exchange, routingKey: pipeline.name }],
    from: ['orchestrator'],
    to: ['team'],
  },
};

/** Room for the largest attack. Quarantine keeps Kafka’s default, so that the attack does not fit there. */
const roomBytes = 32 * 1024 * 1024;

export async function makeTopics(): Promise<void> {
  await withAdmin(async (admin) => {
    const room = [{ name: 'max.message.bytes', value: String(roomBytes) }];
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        { topic: pipeline.name, numPartitions: 3 },
        { topic: canary.name, numPartitions: 3 },
        { topic: arena.inbox, numPartitions: 2, configEntries: room },
        { topic: arena.otherChannel },
        { topic: arena.quarantine },
        { topic: arena.audit },
      ],
    });
    await grantRights(admin);
  });
}

/** The least that agents need. The intern needs nothing, and so has no right at all. */
async function grantRights(admin: Admin): Promise<void> {
  const { TOPIC, GROUP } = kafkajs.AclResourceTypes;
  const { READ, WRITE } = kafkajs.AclOperationTypes;
  const { LITERAL, PREFIXED } = kafkajs.ResourcePatternTypes;
  const allow = (
    agent: string,
    operation: AclOperationTypes,
    resourceName: string,
    prefix = false,
  ): AclEntry => ({
    principal: `User:${agent}`,
    host: '*',
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
    operation,
    resourceName,
    resourceType: prefix ? GROUP : TOPIC,
    resourcePatternType: prefix ? PREFIXED : LITERAL,
  });
  const carrying = [pipeline.name, arena.inbox, arena.otherChannel];
  const acl = [
    ...[...carrying, arena.audit].map((topic) => allow('orchestrator', WRITE, topic)),
    ...carrying.map((topic) => allow('researcher', READ, topic)),
    ...[arena.quarantine, arena.audit].map((topic) => allow('researcher', WRITE, topic)),
    allow('researcher', READ, 'researcher.', true),
  ];
  await admin.createAcls({ acl });
  // The controller answers before the broker, which checks rights, has heard of them.
  while ((await countRights(admin)) < acl.length) await pause(pollMs);
}

const pollMs = 50;

async function countRights(admin: Admin): Promise<number> {
  const { resources } = await admin.describeAcls({
    resourceType: kafkajs.AclResourceTypes.ANY,
    resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
    operation: kafkajs.AclOperationTypes.ANY,
    permissionType: kafkajs.AclPermissionTypes.ANY,
  });
  return resources.reduce((sum, { acls }) => sum + acls.length, 0);
}

/**
 * On RabbitMQ too agents declare nothing. Whoever quarantines writes to the default exchange, which RabbitMQ’s rights
 * cannot narrow down to one queue.
 */
export const rabbitmqPermissions: Readonly<Record<string, RabbitmqPermission>> = {
  orchestrator: {
    configure: '^$',
    write: exactly(pipeline.exchange, arena.exchange, arena.audit),
    read: '^$',
  },
  researcher: {
    configure: '^$',
    write: exactly('amq.default', arena.audit),
    read: exactly(pipeline.name, arena.inbox, arena.otherChannel),
  },
};

function exactly(...names: string[]): string {
  return `^(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})$`;
}

/** Exchanges and queues of pipelines and audit; those of the arena are made with it. */
export async function makeQueues(): Promise<void> {
  const connection = await bareRabbitmq();
  const channel = await connection.createChannel();
  for (const { exchange, name, archive } of [pipeline, canary]) {
    await channel.assertExchange(exchange, 'direct', { durable: true });
    for (const queue of [name, archive]) {
      await channel.assertQueue(queue, { durable: true });
      await channel.bindQueue(queue, exchange, name);
    }
  }
  await channel.assertExchange(arena.audit, 'topic', { durable: true });
  await channel.assertQueue(arena.audit, { durable: true });
  await channel.bindQueue(arena.audit, arena.audit, '#');
  await connection.close();
}
