// explain, diff and test: what they print, and with which exit code.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { initFolder } from '../src/index.js';
import { command, newFolder } from './made.js';

let folder: string;
let policy: string;
const written = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
beforeAll(async () => {
  folder = newFolder();
  ({ policyFile: policy } = await initFolder({ folder, agents: ['alice', 'bob'] }));
});

describe('explain', () => {
  const words = ['--type', 'agent.message', '--channel', 'agent-messages'];

  test('tells why a message is allowed, with the line', async () => {
    const { exitCode, out } = await command('policy', 'explain', policy, '--sender', 'alice', ...words);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^ALLOWED: alice sends agent.message on agent-messages\n/);
    expect(out).toMatch(/yes {2}from names .* {2}\[.*sealwire\.yaml:\d+:\d+\]/);
  });

  test('tells why it is denied, and exits with 1', async () => {
    const { exitCode, out } = await command(
      'policy',
      'explain',
      policy,
      '--sender',
      'mallory',
      ...words,
      '--json',
    );
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, allowed: false, code: 'ERR_KEY_UNKNOWN' });
  });
});

describe('diff', () => {
  test('is silent about what means the same', async () => {
    const same = written('same.yaml', `# another comment\n${readFileSync(policy, 'utf8')}`);
    const { exitCode, out } = await command('policy', 'diff', policy, same);
    expect([exitCode, out]).toEqual([0, 'No difference.\n']);
  });

  test('marks what weakens and what needs a new start, and exits with 1', async () => {
    const weaker = written(
      'weaker.yaml',
      readFileSync(policy, 'utf8')
        .replace('max_message: 1MiB', 'max_message: 2MiB')
        .replace('epoch: 24h', 'epoch: 1h'),
    );
    const { exitCode, out } = await command('policy', 'diff', policy, weaker);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^WEAKER {4}limits\.max_message: 1MiB became 2MiB {2}\[/m);
    expect(out).toMatch(/^stronger {2}session\.epoch: 24h became 1h \(needs a new start\)/m);
    const only = await command('policy', 'diff', weaker, policy, '--only-weaker', '--json');
    expect(JSON.parse(only.out)).toMatchObject({
      ok: false,
      weaker: 1,
      changes: [{ setting: 'session.epoch' }],
    });
    const none = await command('policy', 'diff', policy, policy, '--only-weaker');
    expect([none.exitCode, none.out]).toEqual([0, 'Nothing weakens.\n']);
  });
});

describe('test', () => {
  test('passes where all examples come out as they say', async () => {
    const examples = written(
      'good.yaml',
      `version: 1
examples:
  - allow: { sender: alice, type: agent.message, channel: agent-messages, recipient: bob }
  - deny: { sender: alice, type: other, channel: agent-messages }
`,
    );
    const { exitCode, out } = await command('policy', 'test', examples, '--policy', policy);
    expect([exitCode, out]).toEqual([0, '2 passed, 0 failed\n']);
  });

  test('tells what comes out otherwise and why, and exits with 1', async () => {
    const examples = written(
      'bad.yaml',
      `version: 1
examples:
  - deny: { sender: alice, type: agent.message, channel: agent-messages }
    why: alice only reads
`,
    );
    const { exitCode, out } = await command('policy', 'test', examples, '--policy', policy);
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /^FAILED .*bad\.yaml:3:5: must be denied, because alice only reads\n {2}ALLOWED: alice/,
    );
    expect(out).toMatch(/0 passed, 1 failed\n$/);
    const json = await command('policy', 'test', examples, '--policy', policy, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, passed: 0, failed: 1 });
  });
});
