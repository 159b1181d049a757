// What RabbitMQ must allow whom, and how far a virtual host is from it.
import { describe, expect, test } from '@jest/globals';
import { noticeQueues } from '@sealwire/core';
import {
  isRabbitmqInOrder,
  rabbitmqChanges,
  rabbitmqDrift,
  rabbitmqRights,
  readPolicy,
  type RabbitmqState,
} from '../../src/index.js';
import { directory, head, policyFile, problems, thrown } from '../made.js';

const text = (more = '', exchange = 'held') => `${head}channels:
  tasks:
    rabbitmq:
      publish: [{ exchange: tasks, routing_key: 'task.*' }, { exchange: tasks, routing_key: hint }]
      queues: [work]
    messages:
      - { type: task, from: [boss], to: [team], content_type: text/plain }
  direct:
    rabbitmq: { publish: [{ exchange: '', routing_key: inbox }], queues: [inbox] }
    messages:
      - { type: note, from: [ann], to: [boss], content_type: text/plain }
acl: { rabbitmq: { user: 'u-{agent}', others: [root] } }
quarantine: { ${exchange === '' ? '' : `rabbitmq_exchange: ${exchange}, `}rabbitmq_queue: bin${more} }
`;
const agents = ['boss', 'ann', 'olga'];
const names = directory(agents, { team: ['ann'] });
const policyOf = (...given: Parameters<typeof text>) => readPolicy(policyFile(text(...given)));
const rightsOf = (...given: Parameters<typeof text>) => rabbitmqRights(policyOf(...given), names, agents);
const lines = (rights: ReturnType<typeof rightsOf>, user: string): string[] =>
  rights
    .filter((right) => right.user === user)
    .map(
      ({ act, name, pattern, routingKey }) =>
        `${act} ${name}${pattern === 'Prefixed' ? '*' : ''}${routingKey === null ? '' : ` ${routingKey}`}`,
    )
    .sort();

describe('the rights of an agent', () => {
  test('are to publish with its keys, to read its queues, and to append to quarantine and trail', () => {
    const rights = rightsOf();
    expect(lines(rights, 'u-boss')).toEqual([
      'read inbox',
      'route held #',
      'route sealwire.audit #',
      'route tasks hint',
      'route tasks task.*',
      'write held',
      'write sealwire.audit',
      'write tasks',
    ]);
    expect(lines(rights, 'u-ann')).toEqual([
      'read work',
      'route held #',
      'route sealwire.audit #',
      'write amq.default',
      'write held',
      'write sealwire.audit',
    ]);
    expect(lines(rights, 'u-olga')).toEqual([]);
  });

  test('reach the audit exchange where events go there, whatever transport they are about', () => {
    const audits = (sinks: string, user: string): string[] =>
      lines(
        rabbitmqRights(readPolicy(policyFile(`${text()}audit: { sinks: [${sinks}] }\n`)), names, agents),
        user,
      ).filter((line) => line.includes('sealwire.audit'));
    expect(audits('kafka, stdout', 'u-boss')).toEqual([]);
    expect(audits('rabbitmq', 'u-boss')).toEqual(['route sealwire.audit #', 'write sealwire.audit']);
    expect(audits('rabbitmq', 'u-olga')).toEqual([]);
  });

  test('reach the exchange of notices, and queues of its own to read them from, where the policy has it', () => {
    const told = (audit: string, user: string): string[] =>
      lines(rabbitmqRights(readPolicy(policyFile(`${text()}audit: ${audit}\n`)), names, agents), user).filter(
        (line) => line.includes('notices'),
      );
    expect(told('{ checkpoint: { exchange: notices } }', 'u-ann')).toEqual([
      'configure sealwire-notices-ann:*',
      'read notices',
      'read sealwire-notices-ann:*',
      'write notices',
      'write sealwire-notices-ann:*',
    ]);
    expect(told('{ checkpoint: { exchange: notices } }', 'u-olga')).toEqual([]);
    expect(told('{ checkpoint: { topic: notices } }', 'u-ann')).toEqual([]);
  });

  test('reach the queues that an agent reads notices from, whatever the length of its name', () => {
    const long = 'a'.repeat(230);
    const policy = `${text().replaceAll('boss', long)}audit: { checkpoint: { exchange: notices } }\n`;
    const rights = rabbitmqRights(readPolicy(policyFile(policy)), directory([long], {}), [long]);
    const queues = rights.filter(({ pattern }) => pattern === 'Prefixed').map(({ act, name }) => [act, name]);
    expect(queues).toEqual(['configure', 'write', 'read'].map((act) => [act, noticeQueues(long)]));
  });

  test('reach the default exchange where quarantine has none of its own', () => {
    expect(lines(rightsOf('', ''), 'u-boss')).toContain('write amq.default');
    expect(lines(rightsOf(), 'u-boss')).not.toContain('write amq.default');
  });

  test('who re-drives reads the quarantine, keeps account, and writes to any queue', () => {
    expect(lines(rightsOf(', redrive_by: [olga]'), 'u-olga')).toEqual([
      'configure bin.redriven',
      'read bin',
      'read bin.redriven',
      'route sealwire.audit #',
      'write amq.default',
      'write sealwire.audit',
    ]);
  });

  test('need a name that RabbitMQ knows', () => {
    const error = thrown(() =>
      rabbitmqRights(readPolicy(policyFile(text().replace("user: 'u-{agent}', ", ''))), names, agents),
    );
    expect([error.code, error.message]).toEqual([
      'ERR_USAGE_POLICY',
      expect.stringContaining("user: '{agent}'"),
    ]);
  });
});

test.each([
  ['tasks', 'channels.tasks.rabbitmq.publish[0] publishes to the exchange of the quarantine'],
  ['sealwire.audit', 'quarantine.rabbitmq_exchange is the exchange of the audit trail'],
])('the quarantine’s exchange %s is refused where it is another’s', (exchange, problem) => {
  expect(problems((file) => readPolicy(file), text('', exchange))).toContainEqual(
    expect.stringContaining(problem),
  );
});

test.each([
  [
    'tasks',
    'channels.tasks.rabbitmq.publish[0] publishes to the exchange of notices of checkpoints; use another',
  ],
  ['held', 'audit.checkpoint.exchange is the exchange of the quarantine'],
])('the exchange of notices %s is refused where it is another’s', (exchange, problem) => {
  const audit = `audit: { checkpoint: { exchange: ${exchange} } }\n`;
  expect(problems((file) => readPolicy(file), text() + audit)).toContainEqual(
    expect.stringContaining(problem),
  );
});

describe('queues for notices, by how their names begin', () => {
  const policy = readPolicy(policyFile(`${text()}audit: { checkpoint: { exchange: notices } }\n`));
  const rights = rabbitmqRights(policy, names, agents);
  const users = ['root', 'u-boss', 'u-ann', 'u-olga'];
  const stateOf = (configure: string): RabbitmqState => ({
    users,
    permissions: [{ user: 'u-ann', configure, write: '^$', read: '^$' }],
    topicPermissions: [],
  });
  const driftOf = (state: RabbitmqState) => rabbitmqDrift(policy, rights, new Set(['u-ann']), state);
  const lacks = (configure: string): boolean =>
    driftOf(stateOf(configure)).missing.some(({ user, act }) => user === 'u-ann' && act === 'configure');

  test.each([
    ['^$', true],
    ['^(?:sealwire\\-notices\\-ann:)\\z', true],
    ['^(?:sealwire\\-notices\\-an:.*)\\z', true],
    ['^(?:sealwire\\-notices\\-ann:.*)\\z', false],
    ['.*', false],
  ])('%s lacks the right: %s', (configure, expected) => expect(lacks(configure)).toBe(expected));

  test('are given to their agent and not to another whose name begins alike, and once', () => {
    const state = stateOf('^$');
    const { permissions } = rabbitmqChanges(driftOf(state), rights, state, false);
    const configures = permissions.map(({ user, configure }) => [user, configure]);
    expect(configures).toContainEqual(['u-ann', '^(?:sealwire\\-notices\\-ann:.*)\\z']);
    const after: RabbitmqState = { ...state, permissions };
    expect(rabbitmqChanges(driftOf(after), rights, after, true).permissions).toEqual([]);
    expect(
      new RegExp(configures.find(([user]) => user === 'u-ann')![1]!.replace('\\z', '$')).test(
        'sealwire-notices-anna:x',
      ),
    ).toBe(false);
  });
});

describe('a virtual host', () => {
  const policy = policyOf();
  const rights = rightsOf();
  const users = ['root', 'u-boss', 'u-ann', 'u-olga', 'zoe'];
  const agentUsers = new Set(['u-boss', 'u-ann', 'u-olga']);
  const empty: RabbitmqState = { users, permissions: [], topicPermissions: [] };
  const driftOf = (state: RabbitmqState) => rabbitmqDrift(policy, rights, agentUsers, state);
  const changed = (state: RabbitmqState, prune: boolean): RabbitmqState => {
    const { permissions, topicPermissions, removed } = rabbitmqChanges(driftOf(state), rights, state, prune);
    const setAgain = new Set([...removed, ...permissions.map(({ user }) => user)]);
    return {
      users,
      permissions: [...state.permissions.filter(({ user }) => !setAgain.has(user)), ...permissions],
      topicPermissions: [
        ...state.topicPermissions.filter(
          (one) => !topicPermissions.some((two) => two.user === one.user && two.exchange === one.exchange),
        ),
        ...topicPermissions,
      ],
    };
  };
  const inOrder = changed(empty, false);

  test('without entries lacks all of them; what is set then is in order, and is not set again', () => {
    expect(driftOf(empty).missing).toHaveLength(rights.length);
    expect(isRabbitmqInOrder(driftOf(inOrder))).toBe(true);
    expect(rabbitmqChanges(driftOf(inOrder), rights, inOrder, true)).toEqual({
      permissions: [],
      topicPermissions: [],
      removed: [],
    });
    expect(inOrder.permissions.find(({ user }) => user === 'u-boss')).toEqual({
      user: 'u-boss',
      configure: '^$',
      write: '^(?:held|sealwire\\.audit|tasks)\\z',
      read: '^(?:inbox)\\z',
    });
    expect(
      inOrder.topicPermissions.find(({ user, exchange }) => user === 'u-boss' && exchange === 'tasks'),
    ).toEqual({
      user: 'u-boss',
      exchange: 'tasks',
      write: '^(?:hint|task\\.[^.]*)\\z',
      read: '^$',
    });
  });

  const withPermission = (user: string, more: object): RabbitmqState => ({
    ...inOrder,
    permissions: [
      ...inOrder.permissions.filter((each) => each.user !== user),
      {
        user,
        configure: '',
        write: '',
        read: '',
        ...inOrder.permissions.find((each) => each.user === user),
        ...more,
      },
    ],
  });

  test('tells what reaches further, of agents, of others, and of those that are left alone', () => {
    expect(driftOf(withPermission('u-boss', { read: '.*' })).unknown).toMatchObject([
      {
        user: 'u-boss',
        act: 'read',
        expression: '.*',
        reaches: expect.arrayContaining(['work', 'bin', 'sealwire.audit']),
      },
    ]);
    expect(driftOf(withPermission('u-olga', { write: 'tasks' })).unknown).toMatchObject([
      { user: 'u-olga', reaches: ['tasks'] },
    ]);
    expect(driftOf(withPermission('zoe', { write: '^amq\\.default$' })).wide).toMatchObject([
      { user: 'zoe', act: 'write', reaches: ['amq.default'] },
    ]);
    const left = driftOf(withPermission('root', { configure: '.*' }));
    expect([left.others.length, isRabbitmqInOrder(left)]).toEqual([1, true]);
    expect(isRabbitmqInOrder(driftOf(withPermission('zoe', { read: '^mine\\.' })))).toBe(true);
  });

  test('adds to expressions of its own form without prune, and replaces others with it only', () => {
    const narrower = withPermission('u-boss', { write: '^(?:mine|tasks)\\z' });
    expect(driftOf(narrower).missing.map(({ name }) => name)).toEqual(['sealwire.audit', 'held']);
    const added = changed(narrower, false);
    expect(added.permissions.find(({ user }) => user === 'u-boss')!.write).toBe(
      '^(?:held|mine|sealwire\\.audit|tasks)\\z',
    );
    expect(isRabbitmqInOrder(driftOf(added))).toBe(true);

    const foreign = withPermission('u-boss', { write: '^(tasks|work)$' });
    expect(changed(foreign, false)).toEqual(foreign);
    expect(isRabbitmqInOrder(driftOf(changed(foreign, true)))).toBe(true);

    const extra = withPermission('u-olga', { read: 'work' });
    expect(driftOf(changed(extra, false)).unknown).toHaveLength(1);
    expect(changed(extra, true).permissions.some(({ user }) => user === 'u-olga')).toBe(false);
  });

  test('loses with prune what is told, and nothing that reaches other resources', () => {
    const more = withPermission('u-boss', {
      configure: '^mine\\.',
      read: '^(?:inbox|mine|mine\\..*|wor.|work)\\z',
    });
    expect(driftOf(more).unknown.map(({ act, reaches }) => [act, reaches])).toEqual([['read', ['work']]]);
    const pruned = changed(more, true);
    expect(pruned.permissions.find(({ user }) => user === 'u-boss')).toEqual({
      ...inOrder.permissions.find(({ user }) => user === 'u-boss'),
      configure: '^mine\\.',
      read: '^(?:inbox|mine|mine\\..*)\\z',
    });
    expect(isRabbitmqInOrder(driftOf(pruned))).toBe(true);
    expect(rabbitmqChanges(driftOf(pruned), rights, pruned, true).permissions).toEqual([]);

    const idle = withPermission('u-olga', { configure: '^mine$', read: 'work', write: '^(?:mine|tasks)\\z' });
    expect(changed(idle, true).permissions.find(({ user }) => user === 'u-olga')).toEqual({
      user: 'u-olga',
      configure: '^mine$',
      write: '^(?:mine)\\z',
      read: '^$',
    });
    // Nothing of it is told as too much.
    const lacking = withPermission('u-boss', { write: '^(tasks|mine)$' });
    expect([driftOf(lacking).missing.length, driftOf(lacking).unknown]).toEqual([2, []]);
    expect(changed(lacking, true)).toEqual(lacking);
  });

  test('keeps all that users have who are left alone, though they are an agent’s too', () => {
    const alone = readPolicy(policyFile(text().replace('others: [root]', 'others: [root, u-boss]')));
    const wide = withPermission('u-boss', { read: '^(?:mine|work)\\z', write: '.*', configure: 'bin' });
    const state = {
      ...wide,
      topicPermissions: wide.topicPermissions.flatMap((each) => {
        if (each.user !== 'u-boss' || each.exchange === 'held') return [each];
        return each.exchange === 'tasks' ? [{ ...each, write: '^(?:mine)\\z' }] : [];
      }),
    };
    const drift = rabbitmqDrift(alone, rights, agentUsers, state);
    expect(drift.unknown).toEqual([]);
    expect(drift.missing.map(({ act, name, routingKey }) => `${act} ${name} ${routingKey}`)).toEqual([
      'route tasks task.*',
      'route tasks hint',
      'read inbox null',
    ]);
    expect(rabbitmqChanges(drift, rights, state, true)).toEqual({
      permissions: [{ user: 'u-boss', configure: 'bin', write: '.*', read: '^(?:inbox|mine|work)\\z' }],
      topicPermissions: [
        { user: 'u-boss', exchange: 'tasks', write: '^(?:hint|mine|task\\.[^.]*)\\z', read: '^$' },
      ],
      removed: [],
    });
  });

  test('is not in order by an expression that the broker may read otherwise', () => {
    const odd = withPermission('u-boss', { read: '\\Ainbox' });
    expect(driftOf(odd).missing).toMatchObject([{ act: 'read', name: 'inbox' }]);
    expect(driftOf(odd).unknown).toMatchObject([{ act: 'read', reaches: expect.arrayContaining(['work']) }]);
    expect(driftOf(withPermission('zoe', { read: '\\Qwork\\E' })).wide).toHaveLength(1);
    expect(isRabbitmqInOrder(driftOf(changed(odd, true)))).toBe(true);
  });

  test('limits the keys of who may write to an exchange', () => {
    const open = { ...inOrder, topicPermissions: [] };
    expect(driftOf(open).missing.every(({ act }) => act === 'route')).toBe(true);
    expect(isRabbitmqInOrder(driftOf(open))).toBe(false);
    const wider = {
      ...inOrder,
      topicPermissions: inOrder.topicPermissions.map((each) =>
        each.user === 'u-boss' && each.exchange === 'tasks'
          ? { ...each, write: '^(?:hint|other|task\\.[^.]*)\\z' }
          : each,
      ),
    };
    expect(driftOf(wider).unknown).toEqual([
      { user: 'u-boss', act: 'route', exchange: 'tasks', expression: expect.any(String), reaches: ['other'] },
    ]);
    expect(changed(wider, true).topicPermissions).toEqual(
      expect.arrayContaining([...inOrder.topicPermissions]),
    );
  });

  test('whose users are not there is told, and nothing is set for them', () => {
    const fewer = { ...empty, users: ['root', 'u-boss'] };
    expect(driftOf(fewer).absentUsers).toEqual(['u-ann']);
    expect(rabbitmqChanges(driftOf(fewer), rights, fewer, true).permissions.map(({ user }) => user)).toEqual([
      'u-boss',
    ]);
  });
});
