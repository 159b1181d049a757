// The `acl` key of sealwire.yaml: by which names the brokers know the agents, and what those may use beside topics and queues.
import { z } from 'zod';
import * as field from '../fields.js';
import { list, map, value } from '../fields.js';

const filled = (text: string): string => text.replaceAll('{agent}', 'a').replaceAll('{group}', 'g');

const principal = value(
  'a Kafka principal such as User:{agent} or User:CN={agent},O=Example; {agent} is the only placeholder, and User:* is nobody',
  (text) =>
    /^User:[^\x00-\x1f{}]{1,1000}$/.test(text.replaceAll('{agent}', 'a')) && text !== 'User:*' ? text : null,
);

const anyPrincipal = value('a Kafka principal such as User:siem; User:* is nobody', (text) =>
  /^[A-Za-z]+:[^\x00-\x1f]{1,1000}$/.test(text) && !text.endsWith(':*') ? text : null,
);

/** A name, or with a `*` at its end all names that begin so. */
const pattern = (rule: string, placeholders: RegExp) =>
  value(rule, (text) =>
    placeholders.test(text) && /^[^*{}\x00-\x1f]{1,249}\*?$/.test(filled(text)) ? text : null,
  );

const group = pattern(
  'a consumer group, or the beginning of one and *; {agent} and {group} are the placeholders',
  /^(?:[^{}]|\{agent\}|\{group\})+$/,
);
const transactionalId = pattern(
  'a transactional id, or the beginning of one and *; {agent} is the only placeholder',
  /^(?:[^{}]|\{agent\})+$/,
);

const groups = list(group, 'consumer groups', 100).optional();
const transactionalIds = list(transactionalId, 'transactional ids', 100).optional();

/** RabbitMQ's own word for a user is a short string. */
const user = value('a RabbitMQ user of up to 255 characters; {agent} is the only placeholder', (text) =>
  /^[^\x00-\x1f{}]{1,255}$/.test(text.replaceAll('{agent}', 'a')) ? text : null,
);
const vhost = value('a RabbitMQ virtual host of up to 255 characters', (text) =>
  /^[^\x00-\x1f]{1,255}$/.test(text) ? text : null,
);

const byAgent = <Entry extends z.core.SomeType>(entry: Entry, example: string) =>
  z
    .record(field.agentOrGroup, entry, { error: () => `must be a map of agents, such as ${example}.` })
    .optional();

export const aclSchema = map({
  kafka: map({
    principal: principal.optional(),
    groups,
    transactional_ids: transactionalIds,
    directory_topic: field.topic.optional(),
    directory_writers: list(field.agentOrGroup, 'agents and groups', 100).optional(),
    others: list(anyPrincipal, 'principals', 1000).optional(),
    agents: byAgent(
      map({ principal: principal.optional(), groups, transactional_ids: transactionalIds }),
      '{ researcher: { groups: [researchers] } }',
    ),
  }).prefault({}),
  rabbitmq: map({
    user: user.optional(),
    vhost: vhost.default('/'),
    others: list(user, 'users', 1000).optional(),
    agents: byAgent(map({ user }), '{ researcher: { user: research } }'),
  }).prefault({}),
});

export type AclValues = z.output<typeof aclSchema>;
