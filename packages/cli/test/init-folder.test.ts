// What `initFolder` makes fits together: policy, directory, keys, certificates and passwords.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { linesOf, openKeys, readPrivateKeyFile, verifyLines } from '@sealwire/identity';
import { checkAgainstDirectory, loadPolicy, openConnectionGuard, openRoutes } from '@sealwire/policy';
import { initFolder, type InitReport } from '../src/index.js';
import { newFolder, rejection } from './made.js';

const planner = 'spiffe://example.org/planner';
let made: InitReport;
beforeAll(async () => {
  made = await initFolder({
    folder: join(newFolder(), 'deep', 'er'),
    agents: ['orchestrator', 'researcher', planner],
    groups: { team: ['orchestrator', 'researcher'], readers: ['researcher', planner] },
    brokerHosts: ['broker.internal', '10.1.2.3'],
    rabbitmqUrl: 'amqps://rabbit.internal:5671',
  });
});

const read = (...path: string[]): string => readFileSync(join(made.folder, ...path), 'utf8');

describe('every agent can start from it:', () => {
  test.each(['orchestrator', 'researcher', planner])('%s', async (agent) => {
    const policy = loadPolicy(made.policyFile, { agent, env: {} });
    const { directory, problems } = verifyLines(linesOf(readFileSync(policy.directory.file)), {
      ...policy.directory,
      name: 'directory.jsonl',
      realm: policy.realm,
      primitives,
    });
    expect(problems).toEqual([]);
    checkAgainstDirectory(policy, directory);
    const store = await openKeys({ agent, ...policy.keys, directory, primitives });
    expect(directory.signingKey(store.signer.keyId.toString('latin1'))?.owner).toBe(agent);

    for (const name of [agent, ...directory.groups]) {
      const { keyId } = directory.sealingKey(name, Date.now())!;
      expect(store.holds(keyId.toString('latin1'))).toBe(name === agent || directory.isMember(agent, name));
    }
    const route = openRoutes(policy, directory, agent).outbound(
      { transport: 'kafka', topic: 'agent-messages' },
      {},
    );
    expect(route).toMatchObject({
      type: 'agent.message',
      audience: ['team'],
      contentType: 'application/json',
    });
    for (const transport of ['kafka', 'rabbitmq'] as const)
      expect(openConnectionGuard(policy, transport, agent).sasl).toMatchObject({ username: agent });
  });
});

test('without groups, all agents are the team', async () => {
  const { groups } = await initFolder({ folder: newFolder(), agents: ['a', 'b'] });
  expect(groups).toEqual([{ name: 'team', members: ['a', 'b'] }]);
});

test('a group’s private key is with its members only, and the same with all of them', () => {
  const groupFiles = (agent: string): string[] =>
    readdirSync(join(made.folder, 'keys', encodeURIComponent(agent))).filter((name) =>
      name.startsWith('group-'),
    );
  expect(groupFiles('orchestrator').map((name) => name.slice(0, 11))).toEqual(['group-team-']);
  expect(groupFiles('researcher')).toEqual([...groupFiles(planner), ...groupFiles('orchestrator')].sort());
});

describe('secrets', () => {
  test('are readable by their owner only, and folders too', () => {
    const open = [
      'directory.jsonl',
      'sealwire.yaml',
      'root/root-key.pub',
      ...made.files.filter((f) => f.endsWith('.crt')),
    ];
    for (const file of made.files)
      expect([
        file,
        statSync(join(made.folder, file)).mode & 0o077 & (open.includes(file) ? 0o033 : 0o077),
      ]).toEqual([file, 0]);
    for (const folder of ['', 'keys', 'keys/orchestrator', 'secrets', 'tls', 'root'])
      expect([folder, statSync(join(made.folder, folder)).mode & 0o777]).toEqual([folder, 0o700]);
  });

  test('are the files that are listed, and no others are there', () => {
    const all = readdirSync(made.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(made.folder.length + 1))
      // What key stores write when they are opened, as above.
      .filter((file) => !file.endsWith('destroy-times.json'));
    expect(all.sort()).toEqual([...made.files]);
  });

  test('are all different, and none is in the report', () => {
    const brokers = JSON.parse(read('brokers.json')) as { admin: User; users: User[] };
    const secrets = [
      read('root', 'passphrase').trim(),
      read('issuers', 'passphrase').trim(),
      ...made.agents.map((name) => read('secrets', `${encodeURIComponent(name)}.passphrase`).trim()),
      brokers.admin.password,
      ...brokers.users.map(({ password }) => password),
    ];
    expect(new Set(secrets).size).toBe(9);
    for (const secret of secrets) {
      expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
      expect(JSON.stringify(made)).not.toContain(secret);
    }
  });

  test('for the brokers are those that the agents have', () => {
    const { users } = JSON.parse(read('brokers.json')) as { users: User[] };
    expect(users.map(({ name }) => name)).toEqual([...made.agents]);
    for (const { name, password } of users)
      expect(read('secrets', `${encodeURIComponent(name)}.password`)).toBe(`${password}\n`);
  });

  test('of one agent do not open another’s keys', () => {
    const folder = join(made.folder, 'keys', 'orchestrator');
    const own = read('secrets', 'orchestrator.passphrase').trim();
    const foreign = read('secrets', 'researcher.passphrase').trim();
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.pem'))) {
      expect(() => readPrivateKeyFile(join(folder, file), own)).not.toThrow();
      expect(() => readPrivateKeyFile(join(folder, file), foreign)).toThrow(
        expect.objectContaining({ code: 'ERR_KEY_FILE' }),
      );
    }
  });

  test('root key and authority key open with the root’s passphrase, and not with the agents’', () => {
    const [rootPassphrase, passphrase] = [
      read('root', 'passphrase').trim(),
      read('secrets', 'orchestrator.passphrase').trim(),
    ];
    const key = readPrivateKeyFile(join(made.folder, 'root', 'root-key.pem'), rootPassphrase);
    expect(key.publicKey.toString('base64url')).toBe(made.rootPublicKey);
    expect(read('root', 'root-key.pub').trim()).toBe(made.rootPublicKey);
    const caKey = read('tls', 'ca.key');
    const ca = new X509Certificate(read('tls', 'ca.crt'));
    expect(ca.checkPrivateKey(createPrivateKey({ key: caKey, passphrase: rootPassphrase }))).toBe(true);
    expect(() => createPrivateKey({ key: caKey, passphrase })).toThrow();
  });
});

interface User {
  readonly name: string;
  readonly password: string;
}

describe('certificates', () => {
  const certificate = (name: string): X509Certificate => new X509Certificate(read('tls', `${name}.crt`));

  test('the broker’s names every host, and localhost as address too', () => {
    const names = certificate('broker').subjectAltName;
    for (const name of [
      'DNS:broker.internal',
      'IP Address:10.1.2.3',
      'DNS:rabbit.internal',
      'DNS:localhost',
      'IP Address:127.0.0.1',
    ])
      expect(names).toContain(name);
  });

  test('the authority signs end entities, and they sign nothing', () => {
    const ca = certificate('ca');
    expect(ca.ca).toBe(true);
    for (const name of ['broker', 'admin', 'orchestrator', encodeURIComponent(planner)]) {
      const issued = certificate(name);
      expect([issued.ca, issued.checkIssued(ca), issued.verify(ca.publicKey)]).toEqual([false, true, true]);
      expect(issued.checkPrivateKey(createPrivateKey(read('tls', `${name}.key`)))).toBe(true);
    }
  });

  test('an agent’s is for clients and names the agent, a SPIFFE id as URI too', () => {
    expect(certificate('orchestrator').subject).toBe('CN=orchestrator');
    expect(certificate('orchestrator').keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate(encodeURIComponent(planner)).subjectAltName).toBe(`URI:${planner}`);
    expect(certificate('broker').keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  test('broker and agent meet over TLS 1.3, each verified by the other', async () => {
    const server = createServer({
      cert: read('tls', 'broker.crt'),
      key: read('tls', 'broker.key'),
      ca: read('tls', 'ca.crt'),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    });
    const met = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const policy = loadPolicy(made.policyFile, { agent: planner, env: {} });
    const guard = openConnectionGuard(policy, 'kafka', planner);
    const socket = connect({
      ...guard.tlsOptions('127.0.0.1'),
      port: (server.address() as AddressInfo).port,
    });
    await once(socket, 'secureConnect');
    const [peer] = await met;
    expect(guard.judge(socket).protocol).toBe('TLSv1.3');
    expect(peer.authorized).toBe(true);
    expect(peer.getPeerX509Certificate()?.subject).toBe(`CN=${planner}`);
    peer.destroy();
    socket.destroy();
    await once(server.close(), 'close');
  });
});

describe('nothing is overwritten or left half done:', () => {
  test('a folder that holds anything is refused and left as it is', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, '.hidden'), 'x');
    expect(await rejection(initFolder({ folder, agents: ['a'] }))).toMatchObject({ code: 'ERR_USAGE_FILE' });
    expect(readdirSync(folder)).toEqual(['.hidden']);
  });

  test('a file of that name is refused', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, 'x');
    expect((await rejection(initFolder({ folder: file, agents: ['a'] }))).code).toBe('ERR_USAGE_FILE');
  });

  test('twice in the same folder is once', async () => {
    const folder = newFolder();
    await initFolder({ folder, agents: ['a'] });
    const before = readFileSync(join(folder, 'directory.jsonl'));
    expect((await rejection(initFolder({ folder, agents: ['a'] }))).message).toContain(
      'Keys are never overwritten',
    );
    expect(readFileSync(join(folder, 'directory.jsonl'))).toEqual(before);
  });

  test('what was written before a failure is removed', async () => {
    const folder = join(newFolder(), 'new');
    // The last time that a Date can hold: nothing can be valid for 90 days from then.
    const nowMs = 8.64e15;
    expect((await rejection(initFolder({ folder, agents: ['a'], nowMs }))).message).toContain('Invalid time');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('an empty folder is used, and closed to others', async () => {
    const folder = join(newFolder(), 'empty');
    mkdirSync(folder, { mode: 0o755 });
    await initFolder({ folder, agents: ['a'] });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});

test('names that YAML or X.509 could read as something else stay names', async () => {
  const agents = ['1.0', 'no', 'null', "o'brien", 'a:b', '#x', '"q"', '{agent}', '-', '*'];
  const { policyFile, folder } = await initFolder({ folder: newFolder(), agents, groups: { 'a,b': agents } });
  const policy = loadPolicy(policyFile, { agent: 'no', env: {} });
  expect(policy.channels[0]?.messages[0]).toMatchObject({ from: agents, to: ['a,b'] });
  for (const agent of agents) {
    const pem = readFileSync(join(folder, 'tls', `${encodeURIComponent(agent)}.crt`));
    expect(new X509Certificate(pem).toLegacyObject().subject).toEqual({ CN: agent });
  }
});
