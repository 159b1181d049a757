// What Kafka must allow whom.
import { describe, expect, test } from '@jest/globals';
import { checkAgainstDirectory, kafkaRights, readPolicy } from '../../src/index.js';
import { directory, head, policyFile, thrown } from '../made.js';

const connection = `connections:
  kafka:
    tls: { ca_file: ca.crt }
    sasl: { mechanism: SCRAM-SHA-512, username: '{agent}', password_file: 'secrets/{agent}' }
`;
const channels = `channels:
  tasks:
    kafka: { topics: [tasks] }
    messages:
      - { type: task, from: [boss], to: [workers], content_type: text/plain }
      - { type: hint, from: [boss, ann], to: [bob], content_type: text/plain }
  answers:
    kafka: { topics: [answers], session_topic: sessions }
    messages:
      - { type: answer, from: [workers], to: [boss], content_type: text/plain }
`;
const agents = ['boss', 'ann', 'bob', 'zoe'];
const names = directory(agents, { workers: ['ann', 'bob'] });

const rightsOf = (more: string, who = names, all: readonly string[] = agents, text = channels + connection) =>
  kafkaRights(readPolicy(policyFile(`${head}${text}${more}`)), who, all);

/** `Operation resource name`, with `*` behind a beginning. */
const lines = (rights: ReturnType<typeof rightsOf>, principal: string): string[] =>
  rights
    .filter(({ acl }) => acl.principal === principal)
    .map(({ acl }) => `${acl.operation} ${acl.resource} ${acl.name}${acl.pattern === 'Prefixed' ? '*' : ''}`)
    .sort();

const own = (agent: string): string[] => [
  `Write TransactionalId ${agent}`,
  `Write TransactionalId ${agent}.*`,
];
const asMember = (agent: string): string[] => [
  `Read Group ${agent}`,
  `Read Group ${agent}.*`,
  'Read Group workers',
  'Read Group workers.*',
];

describe('the audit topic', () => {
  const audits = (more: string, agent: string): string[] =>
    lines(rightsOf(more), `User:${agent}`).filter((line) => line.includes('sealwire.audit'));
  const made = 'create_topic: { partitions: 1, replication_factor: 1 }';

  test('may be created where the policy makes it', () => {
    expect(audits(`audit: { ${made} }\n`, 'boss')).toEqual([
      'Create Topic sealwire.audit',
      'DescribeConfigs Topic sealwire.audit',
      'Write Topic sealwire.audit',
    ]);
  });

  test('is written by whoever has events that go there, and by nobody where none do', () => {
    expect(audits('audit: { sinks: [stdout] }\n', 'boss')).toEqual([]);
    expect(audits('audit: { sinks: [kafka] }\n', 'boss')).toEqual([
      'DescribeConfigs Topic sealwire.audit',
      'Write Topic sealwire.audit',
    ]);
    expect(audits('audit: { sinks: [kafka] }\n', 'zoe')).toEqual([]);
  });
});

describe('the topic of notices', () => {
  const told = (more: string, agent: string): string[] =>
    lines(rightsOf(more), `User:${agent}`).filter((line) => /notices/.test(line));

  test('is read and written by whoever writes the audit topic, who still only appends there', () => {
    const audit = 'audit: { checkpoint: { topic: notices } }\n';
    expect(told(audit, 'boss')).toEqual([
      'Read Group sealwire-notices-boss:*',
      'Read Topic notices',
      'Write Topic notices',
    ]);
    expect(lines(rightsOf(audit), 'User:boss').filter((line) => line.includes('sealwire.audit'))).toEqual([
      'DescribeConfigs Topic sealwire.audit',
      'Write Topic sealwire.audit',
    ]);
    expect(told(audit, 'zoe')).toEqual([]);
    expect(told('', 'boss')).toEqual([]);
  });

  test('may be created where the policy makes the audit topic', () => {
    const made = 'create_topic: { partitions: 1, replication_factor: 1 }';
    expect(told(`audit: { checkpoint: { topic: notices }, ${made} }\n`, 'ann')).toContain(
      'Create Topic notices',
    );
  });
});

describe('the rights of an agent', () => {
  const rights = rightsOf('');

  test('are those of what it sends and receives, append-only for audit and quarantine', () => {
    expect(lines(rights, 'User:boss')).toEqual(
      [
        'DescribeConfigs Topic answers',
        'DescribeConfigs Topic sealwire.audit',
        'DescribeConfigs Topic sealwire.quarantine',
        'DescribeConfigs Topic sessions',
        'Read Group boss',
        'Read Group boss.*',
        'Read Group sealwire-sessions-boss:*',
        'Read Topic answers',
        'Read Topic sessions',
        'Write Topic sealwire.audit',
        'Write Topic sealwire.quarantine',
        'Write Topic tasks',
        ...own('boss'),
      ].sort(),
    );
  });

  test('are those of its groups too, and of no session reader where it only sends', () => {
    expect(lines(rights, 'User:ann')).toEqual(
      [
        'DescribeConfigs Topic answers',
        'DescribeConfigs Topic sealwire.audit',
        'DescribeConfigs Topic sealwire.quarantine',
        'DescribeConfigs Topic sessions',
        'DescribeConfigs Topic tasks',
        'Read Topic tasks',
        'Write Topic answers',
        'Write Topic sealwire.audit',
        'Write Topic sealwire.quarantine',
        'Write Topic sessions',
        'Write Topic tasks',
        ...asMember('ann'),
        ...own('ann'),
      ].sort(),
    );
  });

  test('are none where no route names it', () => {
    expect(lines(rights, 'User:zoe')).toEqual([]);
  });

  test('are allowed, from anywhere, each with its reasons', () => {
    const right = rights.find(({ acl }) => acl.principal === 'User:boss' && acl.name === 'tasks')!;
    expect(right).toEqual({
      acl: {
        principal: 'User:boss',
        host: '*',
        permission: 'Allow',
        operation: 'Write',
        resource: 'Topic',
        pattern: 'Literal',
        name: 'tasks',
      },
      agents: ['boss'],
      why: ['sends task, hint on tasks'],
    });
  });
});

test('a pattern of senders means the directory’s agents that fit, and groups mean their members', () => {
  const text = channels.replace('from: [boss]', "from: ['z*', workers]") + connection;
  const senders = rightsOf('', names, agents, text).filter(
    ({ acl }) => acl.operation === 'Write' && acl.name === 'tasks',
  );
  // The boss sends hints there.
  expect(senders.flatMap((right) => right.agents)).toEqual(['boss', 'ann', 'bob', 'zoe']);
});

test('who halts or drops needs no quarantine', () => {
  const rights = rightsOf('quarantine: { on_reject: halt }\n');
  expect(rights.some(({ acl }) => acl.name === 'sealwire.quarantine')).toBe(false);
});

test('who re-drives reads and writes what it judges, and its tools’ groups', () => {
  const rights = rightsOf('quarantine: { redrive_by: [zoe] }\n');
  expect(lines(rights, 'User:zoe')).toEqual(
    [
      'DescribeConfigs Topic sealwire.audit',
      'Read Topic answers',
      'Read Topic sealwire.quarantine',
      'Read Topic sessions',
      'Read Topic tasks',
      'Write Topic answers',
      'Write Topic sealwire.audit',
      'Write Topic sealwire.quarantine',
      'Write Topic tasks',
      'Read Group sealwire-inspect-*',
      'Delete Group sealwire-inspect-*',
    ].sort(),
  );
});

test('the directory’s topic is read by every agent, and written by those that are named', () => {
  const rights = rightsOf('acl: { kafka: { directory_topic: who, directory_writers: [zoe] } }\n');
  expect(lines(rights, 'User:zoe')).toEqual([
    'DescribeConfigs Topic who',
    'Read Group sealwire-directory-zoe:*',
    'Read Topic who',
    'Write Topic who',
  ]);
  expect(lines(rights, 'User:boss')).not.toContain('Write Topic who');
});

describe('names', () => {
  test('of groups and transactional ids are the policy’s, for one agent or all', () => {
    const rights = rightsOf(
      "acl: { kafka: { groups: ['g-{agent}-*'], transactional_ids: [shared], agents: { ann: { groups: [billing] } } } }\n",
    );
    const ofGroups = (principal: string) => lines(rights, principal).filter((line) => / Group /.test(line));
    expect(ofGroups('User:boss')).toEqual(['Read Group g-boss-*', 'Read Group sealwire-sessions-boss:*']);
    expect(ofGroups('User:ann')).toEqual(['Read Group billing']);
    expect(lines(rights, 'User:ann')).toContain('Write TransactionalId shared');
  });

  test('of principals are the policy’s; several agents under one have one entry for all', () => {
    const rights = rightsOf(
      "acl: { kafka: { principal: 'User:CN={agent}', agents: { ann: { principal: 'User:b' }, bob: { principal: 'User:b' } } } }\n",
    );
    expect(lines(rights, 'User:CN=boss')).toContain('Write Topic tasks');
    const shared = rights.filter(({ acl }) => acl.principal === 'User:b' && acl.name === 'answers');
    expect(shared.map(({ acl, agents: who }) => [acl.operation, who])).toEqual([
      ['Write', ['ann', 'bob']],
      ['DescribeConfigs', ['ann', 'bob']],
    ]);
  });

  test('that begin alike are refused where one agent could use another’s', () => {
    const all = ['boss', 'boss.2'];
    const two = directory(all, {});
    const text = `channels:
  tasks:
    kafka: { topics: [tasks] }
    messages:
      - { type: task, from: [boss], to: [boss, boss.2], content_type: text/plain }
${connection}`;
    const error = thrown(() => rightsOf('', two, all, text));
    expect(error.code).toBe('ERR_USAGE_POLICY');
    expect(error.message).toMatch(/boss\.\* of boss and boss\.2\*? of boss\.2 have names in common/);
    const apart =
      "acl: { kafka: { groups: ['{agent}'], agents: { boss: { groups: [boss, 'first.*'] } } } }\n";
    expect(lines(rightsOf(apart, two, all, text), 'User:boss.2')).toContain('Read Group boss.2');
  });

  test('of the directory’s groups that begin alike are refused where one’s members could join the other', () => {
    const text = `channels:
  tasks:
    kafka: { topics: [tasks] }
    messages:
      - { type: task, from: [boss], to: [team, team.ops], content_type: text/plain }
${connection}`;
    const two = directory(agents, { team: ['ann', 'bob'], 'team.ops': ['bob', 'zoe'] });
    const error = thrown(() => rightsOf('', two, agents, text));
    expect([error.code, error.message]).toEqual([
      'ERR_USAGE_POLICY',
      expect.stringMatching(
        /team\.\* of the group team and team\.ops\*? of the group team\.ops have names in common\. Write acl: \{ kafka: \{ groups/,
      ),
    ]);
    const exact = "acl: { kafka: { groups: ['{agent}', '{group}'] } }\n";
    expect(lines(rightsOf(exact, two, agents, text), 'User:ann')).not.toContain('Read Group team.*');
    // Whoever is in the one is in the other: nobody gains anything.
    const same = directory(agents, { team: ['ann', 'bob'], 'team.ops': ['ann', 'bob'] });
    expect(lines(rightsOf('', same, agents, text), 'User:ann')).toContain('Read Group team.*');
    const within = directory(agents, { team: ['ann', 'bob'], 'team.ops': ['bob'] });
    expect(() => rightsOf('', within, agents, text)).toThrow(/of the group team\.ops/);
    const agentToo = directory([...agents, 'team.x'], { team: ['ann'], 'team.ops': ['ann'] });
    const withAgent = text.replace('team.ops]', 'team.ops, team.x]');
    expect(() => rightsOf('', agentToo, [...agents, 'team.x'], withAgent)).toThrow(
      /team\.\* of the group team and team\.x\*? of team\.x/,
    );
  });

  test('of one agent may meet among themselves', () => {
    const rights = rightsOf("acl: { kafka: { groups: ['{agent}:*', '{agent}:a', '{agent}:a*'] } }\n");
    expect(lines(rights, 'User:boss').filter((line) => / Group boss/.test(line))).toHaveLength(3);
  });

  test('of dashes keep agents apart, and Sealwire’s own groups do', () => {
    const all = ['a', 'a-2'];
    const text = `channels:
  tasks:
    kafka: { topics: [tasks], session_topic: sessions }
    messages:
      - { type: task, from: [a], to: [a, a-2], content_type: text/plain }
${connection}`;
    const rights = rightsOf('', directory(all, {}), all, text);
    const groups = rights.filter(({ acl }) => acl.resource === 'Group' && acl.name.startsWith('sealwire'));
    expect(groups.map(({ acl }) => acl.name)).toEqual(['sealwire-sessions-a:', 'sealwire-sessions-a-2:']);
  });

  test('that nobody states and no connection shows are asked for', () => {
    const error = thrown(() => rightsOf('', names, agents, channels));
    expect([error.code, error.message]).toEqual([
      'ERR_USAGE_POLICY',
      expect.stringContaining("write acl: { kafka: { principal: 'User:{agent}' } }"),
    ]);
  });
});

test('names under acl that the directory does not have are told with their place', () => {
  const policy = readPolicy(
    policyFile(
      `${head}${channels}acl: { kafka: { agents: { nan: { groups: [g] } }, directory_writers: [nun] } }\n`,
    ),
  );
  const error = thrown(() => checkAgainstDirectory(policy, names));
  expect(error.message).toMatch(
    /acl\.kafka\.agents\.nan names "nan"[^]*acl\.kafka\.directory_writers names "nun"/,
  );
});

test.each([
  ["acl: { kafka: { principal: 'User:*' } }", /principal must be a Kafka principal/],
  ["acl: { kafka: { principal: 'Group:{agent}' } }", /principal must be a Kafka principal/],
  ["acl: { kafka: { groups: ['*'] } }", /groups\[0\] must be a consumer group/],
  ["acl: { kafka: { groups: ['a*b'] } }", /groups\[0\] must be a consumer group/],
  ["acl: { kafka: { groups: ['{agnet}'] } }", /groups\[0\] must be a consumer group/],
  ["acl: { kafka: { transactional_ids: ['{group}'] } }", /transactional_ids\[0\] must be a transactional id/],
  ["acl: { kafka: { others: ['User:*'] } }", /others\[0\] must be a Kafka principal/],
])('%s is refused', (acl, why) => {
  expect(thrown(() => readPolicy(policyFile(`${head}${channels}${acl}\n`))).message).toMatch(why);
});
