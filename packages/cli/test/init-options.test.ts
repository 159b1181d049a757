// What `init` refuses, all of it at once and before anything is written.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { initFolder, type InitOptions } from '../src/index.js';
import { newFolder, rejection } from './made.js';

test.each<[string, Partial<InitOptions>, string]>([
  ['no agents', { agents: [] }, 'no agents'],
  ['no groups', { groups: {} }, 'no groups'],
  ['a name with a space', { agents: ['a b'] }, 'the name "a b" is not 1 to 255 visible ASCII characters'],
  ['a name that is a folder', { agents: ['..'] }, 'the name ".." is not'],
  ['an empty name', { agents: [''] }, 'the name "" is not'],
  ['a name twice', { agents: ['a', 'a'] }, 'the name "a" comes twice'],
  ['a group named as an agent', { agents: ['a'], groups: { a: ['a'] } }, 'the name "a" comes twice'],
  ['a name for more than a certificate', { agents: ['a'.repeat(65)] }, 'is longer than 64 characters'],
  [
    'a group for more than a file name',
    { groups: { ['/'.repeat(100)]: ['a'] } },
    'is too long for a file name',
  ],
  ['the administrator’s name', { agents: ['admin'] }, 'the agent name "admin" is taken'],
  [
    'a member that is no agent',
    { groups: { team: ['a', 'b'] } },
    '"b" of the group "team" is not among the agents',
  ],
  ['a member twice', { groups: { team: ['a', 'a'] } }, 'the group "team" names a member twice'],
  ['an empty group', { groups: { team: [] } }, 'the group "team" has no members'],
  ['a broker without port', { kafkaBrokers: ['broker'] }, 'the Kafka broker "broker" is not host:port'],
  ['a port that is none', { kafkaBrokers: ['broker:99999'] }, 'is not host:port'],
  ['a host with a slash', { brokerHosts: ['a/b'] }, 'the broker host "a/b" is neither'],
  ['AMQP without TLS', { rabbitmqUrl: 'amqp://r' }, 'the RabbitMQ URL is not amqps://host:port'],
  ['no URL', { rabbitmqUrl: 'r:5671' }, 'the RabbitMQ URL is not amqps://host:port'],
])('%s', async (_, options, problem) => {
  const folder = join(newFolder(), 'new');
  const { code, message } = await rejection(initFolder({ folder, agents: ['a'], ...options }));
  expect(code).toBe('ERR_USAGE_ARGUMENT');
  expect(message).toContain(problem);
  expect(existsSync(folder)).toBe(false);
});

test('credentials in a URL are refused and not told', async () => {
  const { message } = await rejection(
    initFolder({ folder: newFolder(), agents: ['a'], rabbitmqUrl: 'amqps://me:hunter2@r' }),
  );
  expect(message).toContain('holds credentials');
  expect(message).not.toContain('hunter2');
});

test('every fault is told at once', async () => {
  const { message } = await rejection(
    initFolder({ folder: newFolder(), agents: ['a', ''], groups: { t: ['x'] }, kafkaBrokers: ['k'] }),
  );
  expect(message.split('\n')).toHaveLength(4);
});

test('IPv6 brokers are hosts too', async () => {
  const { nextSteps } = await initFolder({
    folder: newFolder(),
    agents: ['a'],
    kafkaBrokers: ['[fd00::1]:9093'],
  });
  expect(nextSteps.join()).toContain('[fd00::1]:9093');
});
