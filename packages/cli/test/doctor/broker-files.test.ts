// What `sealwire doctor` makes of a broker’s folders while they change, and of what is no file of a broker’s.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { readPolicy, type PolicyTemplate } from '@sealwire/policy';
import { partitionRow } from '../../src/doctor/check-broker-data.js';
import { searchFiles } from '../../src/doctor/search-files.js';
import { initFolder } from '../../src/index.js';
import { newFolder } from '../made.js';

let template: PolicyTemplate;
let folder: string;
beforeAll(async () => {
  template = readPolicy((await initFolder({ folder: newFolder(), agents: ['alice'] })).policyFile);
});
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => void jest.restoreAllMocks());

const needles = new Map([['word', Buffer.from('word')]]);

/** Does something the first time that the clock is looked at. */
function meanwhile(work: () => void): void {
  let isDone = false;
  jest.spyOn(Date, 'now').mockImplementation(() => {
    if (!isDone) {
      isDone = true;
      work();
    }
    return 0;
  });
}

/** A batch of Kafka’s with one record that is no sealed message. */
function plaintext(): Buffer {
  const record = Buffer.from([0, 0, 0, 1, 2, 0x70, 0]);
  const head = Buffer.alloc(61);
  head.writeInt32BE(49 + 1 + record.length, 8);
  head[16] = 2;
  head.writeInt32BE(1, 57);
  return Buffer.concat([head, Buffer.from([2 * record.length]), record]);
}

const topic = 'agent-messages-0';
const at = (name: string): string => join(folder, topic, name);
const look = () => partitionRow(folder, topic, template, Infinity);

test('files and folders that vanish while a folder is searched are told, and the rest is searched', async () => {
  for (const name of ['a', 'b', 'c']) {
    mkdirSync(join(folder, name));
    for (const file of ['1', '2']) writeFileSync(join(folder, name, file), 'word');
  }
  meanwhile(() => {
    for (const name of ['a', 'b', 'c']) rmSync(join(folder, name), { recursive: true });
  });
  const { files, unread, isWhole } = await searchFiles(folder, needles, 1);
  // Two of the folder that was begun with, and two folders.
  expect([files, unread, isWhole]).toEqual([0, 4, true]);
});

test('a file is not searched on when the time is over', async () => {
  writeFileSync(join(folder, 'large'), Buffer.alloc(4 * 1024 * 1024));
  let looks = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => looks++);
  const { bytes, isWhole } = await searchFiles(folder, needles, 1);
  expect([bytes, isWhole]).toEqual([2 * 1024 * 1024, false]);
});

test('a segment that vanishes hides nothing of the others', async () => {
  mkdirSync(join(folder, topic));
  for (const name of ['0.log', '1.log', '2.log']) writeFileSync(at(name), plaintext());
  meanwhile(() => rmSync(at('1.log')));
  expect(await look()).toMatchObject({
    verdict: 'fail',
    evidence: expect.stringMatching(/^2 records .*not looked into: 1 segment files that could not be read/),
  });
  rmSync(join(folder, topic), { recursive: true });
  expect(await look()).toMatchObject({ verdict: 'unknown' });
});

test('what is no file is not opened', async () => {
  mkdirSync(join(folder, topic));
  writeFileSync(at('0.log'), plaintext());
  execFileSync('sh', ['-c', 'mkfifo "$0"', at('1.log')]);
  mkdirSync(at('2.log'));
  symlinkSync(at('0.log'), at('3.log'));
  expect(await look()).toMatchObject({
    verdict: 'fail',
    evidence: expect.stringContaining(' 1 segment files'),
  });
});

test('a partition of which a part cannot be read is not known to be sealed', async () => {
  mkdirSync(join(folder, topic));
  writeFileSync(at('0.log'), 'in clear, and in no format of this day '.repeat(4));
  expect(await look()).toMatchObject({
    verdict: 'unknown',
    evidence: expect.stringContaining('not looked into: damaged or of an older format'),
  });
});
