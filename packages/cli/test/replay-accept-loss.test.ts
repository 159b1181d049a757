// `sealwire replay accept-loss`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { initFolder } from '../src/index.js';
import { command, newFolder } from './made.js';

test('a loss is accepted for the agent that is named, and only where something was remembered', async () => {
  const folder = newFolder();
  const { policyFile } = await initFolder({ folder, agents: ['one', 'two'], brokerHosts: ['localhost'] });
  const run = () => command('replay', 'accept-loss', policyFile, '--agent', 'one', '--json');
  const nothing = await run();
  expect(nothing.exitCode).toBe(1);
  expect(nothing.out + nothing.err).toContain('ERR_USAGE_REPLAY');

  const note = join(dirname(policyFile), 'state', 'one', 'replay-store.json');
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, JSON.stringify({ id: 'a', lostAtMs: 1 }));
  const accepted = await run();
  expect(accepted.exitCode).toBe(0);
  expect(JSON.parse(accepted.out)).toMatchObject({ agent: 'one', noticed: true });
  expect(JSON.parse(readFileSync(note, 'utf8'))).toEqual({ id: 'a', lostAtMs: 1, accepted: true });
});
