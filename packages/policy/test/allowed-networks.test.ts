// Which addresses lie in the networks of a policy, in every way to write them.
import type { LookupFunction } from 'node:net';
import { expect, test } from '@jest/globals';
import { AllowedNetworks } from '../src/allowed-networks.js';
import { readPolicy } from '../src/index.js';
import { least, problems, thrown } from './made.js';

const networks = new AllowedNetworks(
  ['10.0.0.0/8', '192.0.2.1/32', 'fd00::/8', '2001:db8::1/128'],
  'connections.kafka',
);

test.each([
  '10.0.0.1',
  '10.255.255.255',
  '192.0.2.1',
  '::ffff:10.0.0.1',
  '::ffff:a00:1',
  '0:0:0:0:0:FFFF:10.0.0.1',
  'fd12:3456::1',
  'FDFF::',
  'fd00::1%eth0',
  '2001:db8:0:0:0:0:0:1',
])('%s is allowed', (address) => {
  expect(() => networks.check('broker', address)).not.toThrow();
});

test.each([
  '11.0.0.1',
  '192.0.2.2',
  '127.0.0.1',
  '::ffff:11.0.0.1',
  '::1',
  '::10.0.0.1',
  'fe80::1',
  '2001:db8::2',
  '0.0.0.0',
  '',
  'broker',
  '10.0.0.1.example',
  undefined,
])('%p is refused', (address) => {
  expect(thrown(() => networks.check('broker', address)).code).toBe('ERR_USAGE_NETWORK');
});

test('an IPv6 network holds no IPv4 addresses, however short it is', () => {
  const short = new AllowedNetworks(['::/0'], 's');
  expect(() => short.check('b', '2001:db8::1')).not.toThrow();
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1']) expect(() => short.check('b', address)).toThrow();
});

test('the refusal says which host is where, and what to do', () => {
  const { message, facts } = thrown(() => networks.check('broker.example', '198.51.100.7'));
  expect(message).toMatch(/^broker\.example is at 198\.51\.100\.7, outside connections\.kafka\.allowed_/);
  expect(message).toContain('add its network to allowed_networks');
  expect(facts).toEqual({ host: 'broker.example', address: '198.51.100.7' });
});

test('without networks every address is allowed, and names are resolved as ever', () => {
  const none = new AllowedNetworks(null, 's');
  expect(() => none.check('broker', undefined)).not.toThrow();
  expect(none.lookup()).toEqual({});
});

const answering =
  (...addresses: string[]): LookupFunction =>
  (_, { all }, callback) => {
    if (all === true)
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    else callback(null, addresses[0]!, 4);
  };

const resolved = (lookup: LookupFunction, all: boolean) =>
  new Promise((resolve, reject) => {
    networks.lookup(lookup).lookup!('broker', { all }, (error, found) => {
      if (error === null) resolve(found);
      else reject(error);
    });
  });

test('a name resolves to allowed addresses as it would without the check', async () => {
  expect(await resolved(answering('10.0.0.1', '10.0.0.2'), true)).toHaveLength(2);
  expect(await resolved(answering('10.0.0.1'), false)).toBe('10.0.0.1');
});

test.each([true, false])('a name with an address outside does not resolve (all: %p)', async (all) => {
  const lookup = all ? answering('10.0.0.1', '127.0.0.1') : answering('127.0.0.1');
  await expect(resolved(lookup, all)).rejects.toMatchObject({ code: 'ERR_USAGE_NETWORK' });
});

test('that a name does not exist stays the resolver’s own error', async () => {
  const lookup: LookupFunction = (_, options, callback) => {
    callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [], 0);
  };
  await expect(resolved(lookup, true)).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test.each([
  '10.0.0.0',
  '10.0.0.0/33',
  '10.0.0/8',
  'fd00::/129',
  '::ffff:10.0.0.0/104',
  'example/8',
  '10.0.0.0/08',
  'fe80::1%eth0/64',
])('%s is no network', (network) => {
  const text = `${least}connections:\n  kafka: { allowed_networks: ['${network}'], tls: { ca_file: a, cert_file: b, key_file: c } }\n`;
  expect(problems(readPolicy, text)).toEqual([
    expect.stringContaining('connections.kafka.allowed_networks[0] must be a network such as 10.0.0.0/8'),
  ]);
});
