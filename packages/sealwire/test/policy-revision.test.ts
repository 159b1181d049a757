// What is remembered of a policy's revision, by several processes of one agent.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PolicyRevisions } from '../src/policy-revision.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealwire-revision-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const policy = (revision: number | null, content = 1) => ({
  file: 'sealwire.yaml',
  revision,
  digest: Buffer.alloc(32, content),
});
const refused = expect.objectContaining({ code: 'ERR_USAGE_REVISION' });

test('a process that was slower does not bring a lower one into force, nor make the memory go back', async () => {
  const [one, two] = [new PolicyRevisions(folder), new PolicyRevisions(folder)];
  await one.remember(policy(4));
  await one.check(policy(5));
  await two.check(policy(6));
  await two.remember(policy(6));
  await expect(one.remember(policy(5))).rejects.toEqual(refused);
  await expect(one.check(policy(5))).rejects.toEqual(refused);
  await two.check(policy(6));
});

test('of two with one number and different contents one at most comes into force', async () => {
  const [one, two] = [new PolicyRevisions(folder), new PolicyRevisions(folder)];
  await one.remember(policy(4, 1));
  await expect(two.remember(policy(4, 2))).rejects.toEqual(refused);
});

test('one without a number does not follow one that has one, though it was checked before', async () => {
  const [one, two] = [new PolicyRevisions(folder), new PolicyRevisions(folder)];
  await one.check(policy(null));
  await two.remember(policy(1));
  await expect(one.remember(policy(null))).rejects.toEqual(refused);
});

test('lower ones are forgotten', async () => {
  const revisions = new PolicyRevisions(folder);
  for (const revision of [1, 2, 3]) await revisions.remember(policy(revision));
  expect(readdirSync(join(folder, 'policy'))).toHaveLength(1);
});
