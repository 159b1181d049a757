// What a cluster allows against what the policy asks for.
import { describe, expect, test } from '@jest/globals';
import type { KafkaAcl } from '@sealwire/core';
import { isKafkaInOrder, kafkaDrift, kafkaRights, readPolicy } from '../../src/index.js';
import { directory, head, policyFile } from '../made.js';

const policy = readPolicy(
  policyFile(`${head}channels:
  tasks:
    kafka: { topics: [tasks], session_topic: sessions }
    messages:
      - { type: task, from: [boss], to: [ann], content_type: text/plain }
audit: { checkpoint: { topic: notices } }
acl: { kafka: { principal: 'User:{agent}', others: ['User:siem'] } }
`),
);
const rights = kafkaRights(policy, directory(['boss', 'ann'], {}), ['boss', 'ann']);
const inPlace = rights.map(({ acl }) => acl);

const entry = (given: Partial<KafkaAcl>): KafkaAcl => ({
  principal: 'User:zoe',
  host: '*',
  permission: 'Allow',
  operation: 'Read',
  resource: 'Topic',
  pattern: 'Literal',
  name: 'tasks',
  ...given,
});
const driftWith = (...more: KafkaAcl[]) => kafkaDrift(policy, rights, [...inPlace, ...more]);
/** In which list an entry of a cluster that is otherwise in order is told. */
const toldAs = (given: Partial<KafkaAcl>): string[] => {
  const { missing, inPlace: count, ...told } = driftWith(entry(given));
  expect([missing, count]).toEqual([[], rights.length]);
  return Object.entries(told)
    .filter(([, list]) => list.length > 0)
    .map(([name]) => name);
};

test('nothing is told where all is in place, and everything is missing where nothing is', () => {
  expect(isKafkaInOrder(driftWith())).toBe(true);
  const empty = kafkaDrift(policy, rights, []);
  expect([empty.missing.length, empty.inPlace, isKafkaInOrder(empty)]).toEqual([rights.length, 0, false]);
});

test.each<[string, Partial<KafkaAcl>]>([
  ['a right of nobody in the policy', {}],
  ['everyone’s, on one of its topics', { principal: 'User:*' }],
  ['an agent’s that goes further', { principal: 'User:boss', operation: 'Read' }],
  ['an agent’s from one host', { principal: 'User:boss', operation: 'Delete', host: '10.0.0.1' }],
  ['on the audit topic', { name: 'sealwire.audit' }],
  ['on the topic of notices', { name: 'notices' }],
  ['on the session topic', { name: 'sessions', principal: 'User:boss' }],
  ['within a group prefix of an agent’s', { resource: 'Group', name: 'ann.own' }],
  ['a narrower prefix of an agent’s groups', { resource: 'Group', pattern: 'Prefixed', name: 'ann.own.' }],
  ['an agent’s transactional id', { resource: 'TransactionalId', name: 'boss', operation: 'Write' }],
  ['of an operation that is not known', { operation: 'Other' }],
])('is unknown: %s', (_, given) => {
  expect(toldAs(given)).toEqual(['unknown']);
});

test.each<[string, Partial<KafkaAcl>]>([
  ['every topic', { name: '*' }],
  ['everyone, every topic', { principal: 'User:*', name: '*' }],
  ['topics that begin like one', { pattern: 'Prefixed', name: 'tas' }],
  [
    'an agent’s own on a beginning that is its topic’s name',
    { principal: 'User:boss', operation: 'Write', pattern: 'Prefixed' },
  ],
  ['every group', { resource: 'Group', name: '*' }],
  ['groups that begin like an agent’s', { resource: 'Group', pattern: 'Prefixed', name: 'an' }],
  [
    'rights over the cluster of an agent',
    { principal: 'User:ann', resource: 'Cluster', name: 'kafka-cluster', operation: 'Alter' },
  ],
  [
    'rights over the cluster of everyone',
    { principal: 'User:*', resource: 'Cluster', name: 'kafka-cluster', operation: 'All' },
  ],
])('is too wide, and others’ as well: %s', (_, given) => {
  expect(toldAs(given)).toEqual(['wide']);
});

test.each<[string, Partial<KafkaAcl>]>([
  ['another topic', { name: 'elsewhere' }],
  ['topics that begin otherwise', { pattern: 'Prefixed', name: 'other' }],
  ['another group', { resource: 'Group', name: 'zoe' }],
  ['the groups of Sealwire’s tools', { resource: 'Group', pattern: 'Prefixed', name: 'sealwire-inspect-' }],
  [
    'an administrator’s rights over the cluster',
    { resource: 'Cluster', name: 'kafka-cluster', operation: 'Alter' },
  ],
  [
    'a harmless right over the cluster',
    { principal: 'User:ann', resource: 'Cluster', name: 'kafka-cluster', operation: 'IdempotentWrite' },
  ],
  ['what is implied anyway', { principal: 'User:boss', operation: 'Describe' }],
  ['what is allowed anyway, from one host', { principal: 'User:boss', operation: 'Write', host: '10.0.0.1' }],
  ['a group within its own', { principal: 'User:ann', resource: 'Group', name: 'ann.b' }],
  ['a denial that meets no right', { permission: 'Deny', name: 'elsewhere', principal: 'User:*' }],
  ['a denial of what nobody may', { permission: 'Deny', operation: 'Delete', principal: 'User:*' }],
])('is nothing to tell: %s', (_, given) => {
  expect(toldAs(given)).toEqual([]);
});

test('the groups of Sealwire’s tools are everybody’s, also where the policy gives them to who re-drives', () => {
  const withOperator = readPolicy(
    policyFile(`${head}channels:
  tasks:
    kafka: { topics: [tasks] }
    messages:
      - { type: task, from: [boss], to: [ann], content_type: text/plain }
quarantine: { redrive_by: [boss] }
acl: { kafka: { principal: 'User:{agent}' } }
`),
  );
  const wanted = kafkaRights(withOperator, directory(['boss', 'ann'], {}), ['boss', 'ann']);
  const acls = wanted.map(({ acl }) => acl);
  expect(acls.some(({ name }) => name === 'sealwire-inspect-')).toBe(true);
  const ops = entry({
    principal: 'User:ops',
    resource: 'Group',
    pattern: 'Prefixed',
    name: 'sealwire-inspect-',
  });
  expect(isKafkaInOrder(kafkaDrift(withOperator, wanted, [...acls, ops]))).toBe(true);
});

test('of a principal that the policy leaves alone is told, and no drift', () => {
  expect(toldAs({ principal: 'User:siem', name: 'sealwire.audit' })).toEqual(['others']);
  expect(isKafkaInOrder(driftWith(entry({ principal: 'User:siem', name: '*' })))).toBe(true);
});

describe('a denial is in the way', () => {
  test.each<[string, Partial<KafkaAcl>, string[]]>([
    ['of an agent’s right', { principal: 'User:ann' }, ['Read tasks']],
    [
      'of what a right implies',
      { principal: 'User:boss', operation: 'Describe', name: '*' },
      ['Write tasks', 'Write sessions', 'Write sealwire.audit', 'Write notices', 'Read notices'],
    ],
    [
      'of everything, to everyone',
      { principal: 'User:*', operation: 'All', resource: 'Group', name: 'ann' },
      ['Read ann'],
    ],
    ['of a part of a prefix', { principal: 'User:ann', resource: 'Group', name: 'ann.b' }, ['Read ann.']],
  ])('%s', (_, given, blocked) => {
    const { blocking } = driftWith(entry({ permission: 'Deny', ...given }));
    expect(blocking).toHaveLength(1);
    expect(blocking[0]!.blocks.map(({ acl }) => `${acl.operation} ${acl.name}`)).toEqual(blocked);
  });
});
