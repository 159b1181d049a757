// Certificates that are renewed on disk are in the options of the next connection; halves of a pair never are.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import type { ConnectionGuard } from '@sealwire/core';
import { loadPolicy, openConnectionGuard } from '../src/index.js';
import { newAuthority, type Authority, type Pair } from './certificates.js';
import { least, newFolder, thrown } from './made.js';

let authority: Authority;
let first: Pair;
let second: Pair;
let folder: string;
let warnings: string[];
let nowMs: number;
beforeEach(async () => {
  authority = await newAuthority('authority');
  first = await authority.issue('alice', []);
  second = await authority.issue('alice', []);
  folder = newFolder();
  warnings = [];
  nowMs = Date.now();
  write('ca.crt', authority.certificate);
  write('alice.crt', first.certificate);
  write('alice.key', first.privateKey);
});

const write = (name: string, data: string): void => writeFileSync(join(folder, name), data, { mode: 0o600 });

function open(more = ''): ConnectionGuard {
  write(
    'sealwire.yaml',
    `${least}connections: { kafka: { tls: { ca_file: ca.crt, cert_file: alice.crt, key_file: alice.key${more} } } }\n`,
  );
  const policy = loadPolicy(join(folder, 'sealwire.yaml'), { agent: 'alice' });
  const runtime = { env: {}, execArgv: [], emitWarning: (text: string) => void warnings.push(text) };
  return openConnectionGuard(policy, 'kafka', 'alice', runtime, { nowMs: () => nowMs });
}

const shown = (guard: ConnectionGuard): Pair => {
  const { cert, key } = guard.tlsOptions('broker');
  return { certificate: `${cert as string}\n`, privateKey: key as string };
};
const plain = ({ certificate, privateKey }: Pair): Pair => ({
  certificate: `${certificate.trim()}\n`,
  privateKey,
});

test('a renewed pair is shown by the next connection', () => {
  const guard = open();
  expect(shown(guard)).toEqual(plain(first));
  write('alice.crt', second.certificate);
  write('alice.key', second.privateKey);
  expect(shown(guard)).toEqual(plain(second));
  expect(warnings).toEqual([]);
});

test('half of a pair is passed over for the last whole one, and told once', () => {
  const guard = open();
  write('alice.crt', second.certificate);
  for (let connection = 0; connection < 3; connection++) expect(shown(guard)).toEqual(plain(first));
  expect(warnings).toEqual([expect.stringContaining('is not the key of')]);
  expect(warnings[0]).toContain('connections.kafka');
  expect(warnings[0]).not.toContain(first.privateKey);

  write('alice.key', second.privateKey);
  expect(shown(guard)).toEqual(plain(second));
});

test.each(['ca.crt', 'alice.crt', 'alice.key'])('without %s the last whole files go on', (name) => {
  const guard = open();
  rmSync(join(folder, name));
  expect(shown(guard)).toEqual(plain(first));
  expect(warnings).toEqual([expect.stringContaining(`${name} cannot be read (ENOENT)`)]);
});

test('nothing goes on when the last whole pair has expired, and a new pair mends it', async () => {
  const guard = open();
  write('alice.key', second.privateKey);
  nowMs += 40 * 86_400_000;
  expect(thrown(() => guard.tlsOptions('broker'))).toMatchObject({ code: 'ERR_USAGE_TLS' });

  const validity = { fromMs: nowMs - 1000, toMs: nowMs + 86_400_000 };
  const later = await newAuthority('authority', validity);
  const renewed = await later.issue('alice', [], validity);
  write('ca.crt', later.certificate);
  write('alice.crt', renewed.certificate);
  write('alice.key', renewed.privateKey);
  expect(shown(guard)).toEqual(plain(renewed));
});

test('a revocation list that ran out while the process ran is refused, until a current one is there', async () => {
  write('ca.crl', await authority.revoke([], { fromMs: nowMs - 1000, toMs: nowMs + 3_600_000 }));
  const guard = open(', crl_file: ca.crl');
  expect(guard.tlsOptions('broker').crl).toHaveLength(1);
  nowMs += 2 * 3_600_000;
  expect(thrown(() => guard.tlsOptions('broker')).message).toContain('fetch the CA’s current list');

  write('ca.crl', await authority.revoke([]));
  expect(guard.tlsOptions('broker').crl).toHaveLength(1);
});
