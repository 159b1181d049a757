// Whether payloads lie sealed in the brokers’ own files, where this machine can read them.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PolicyTemplate } from '@sealwire/policy';
import { prefix } from '@sealwire/envelope';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { deleteRecords, fixPlain, isLetPass } from './check-sealed.js';
import { settled } from './found.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';
import { whyUnsealed } from './samples.js';
import { searchFiles, type Searched } from './search-files.js';
import { mebibytes } from './spans.js';

const say = rowsOf('sealed', 'disk');
const limitMs = 300_000;
/** So that there is a row before the check is given up. */
const lookMs = limitMs - 30_000;

export const checkBrokerData: Check = {
  group: 'sealed',
  name: 'disk',
  limitMs,
  async run(context: DoctorContext) {
    const { policy, options } = context;
    if ('error' in policy) return [say.skipped('', 'the policy does not read')];
    const folders = options.brokerData ?? [];
    if (folders.length === 0)
      return [
        say.skipped(
          '',
          'the brokers’ files are looked at where they can be read',
          'Give --broker-data with a folder of Kafka’s log.dirs or RabbitMQ’s data, on the broker’s machine.',
        ),
      ];
    const untilMs = Date.now() + lookMs;
    const canaries = await Promise.all([context.samples.canary('kafka'), context.samples.canary('rabbitmq')]);
    const words = canaries.flatMap((canary) =>
      canary !== null && 'value' in canary ? [canary.value.word] : [],
    );
    const asked = options.canary !== undefined;
    const rows = folders.map(async (folder): Promise<readonly Row[]> => {
      const found = await settled(() => folderRows(folder, policy.value, { words, asked }, untilMs));
      return 'value' in found
        ? found.value
        : [say.unknown(folder, reasonOf(found.error), 'Run this as a user who can read it.')];
    });
    return (await Promise.all(rows)).flat();
  },
};

/** The words of test messages, and whether any were asked for. */
interface AskedCanary {
  readonly words: readonly string[];
  readonly asked: boolean;
}

async function folderRows(
  folder: string,
  template: PolicyTemplate,
  canary: AskedCanary,
  untilMs: number,
): Promise<readonly Row[]> {
  const partitions = await partitionsIn(folder, template);
  const rows =
    partitions.length === 0
      ? [await searchedRow(folder, canary, untilMs)]
      : [...(await Promise.all(partitions.map((one) => partitionRow(folder, one, template, untilMs))))];
  if (partitions.length > 0 && canary.words.length > 0) rows.push(await searchedRow(folder, canary, untilMs));
  return rows;
}

/** Kafka’s folders `<topic>-<partition>`, of the policy’s channels. */
async function partitionsIn(folder: string, { channels }: PolicyTemplate): Promise<readonly string[]> {
  const topics = new Set(channels.flatMap((channel) => channel.topics));
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && topics.has(topicOf(entry.name)))
    .map(({ name }) => name)
    .sort();
}

export async function partitionRow(
  folder: string,
  partition: string,
  template: PolicyTemplate,
  untilMs: number,
): Promise<Row> {
  const subject = join(folder, partition);
  const listed = await settled(() => readdir(subject, { withFileTypes: true }));
  if ('error' in listed) return say.unknown(subject, reasonOf(listed.error), fixUnread);
  const segments = listed.value
    .filter((entry) => entry.isFile() && entry.name.endsWith('.log'))
    .map(({ name }) => join(subject, name))
    .sort();
  const seen: Seen = { sealed: 0, unsealed: 0, first: null, unread: new Map(), isWhole: true };
  for (const segment of segments) {
    if (!seen.isWhole) break;
    // A broker that runs deletes segments meanwhile.
    const looked = await settled(() => lookInto(segment, seen, untilMs));
    if ('error' in looked) addUnread(seen, 'segment files that could not be read', 1);
  }
  return judgePartition(subject, segments.length, seen, isLetPass(template, topicOf(partition), Date.now()));
}

const topicOf = (partition: string): string => partition.replace(/-\d+$/, '');
const fixUnread = 'Run this as a user who can read it; or try again: a broker that runs deletes what is old.';

interface Seen {
  sealed: number;
  unsealed: number;
  first: string | null;
  /** How many, by the reason; 0 where that is not known. */
  readonly unread: Map<string, number>;
  isWhole: boolean;
}

const addUnread = ({ unread }: Seen, why: string, count: number): void =>
  void unread.set(why, (unread.get(why) ?? 0) + count);

async function lookInto(segment: string, seen: Seen, untilMs: number): Promise<void> {
  const { readSegment } = await import('@sealwire/kafka');
  for await (const batch of readSegment(segment)) {
    if (Date.now() > untilMs) {
      seen.isWhole = false;
      return;
    }
    if ('unread' in batch) {
      addUnread(seen, batch.unread, batch.records);
      continue;
    }
    for (const record of batch) {
      const code = whyUnsealed(record);
      if (code === null) seen.sealed++;
      else if (seen.unsealed++ === 0) seen.first = `offset ${record.offset} (${code})`;
    }
  }
}

function judgePartition(
  subject: string,
  segments: number,
  { sealed, unsealed, first, unread, isWhole }: Seen,
  isLet: boolean,
): Row {
  const notRead = [...unread].map(([why, count]) => (count === 0 ? why : `${count} ${why}`)).join(', ');
  const seen = [
    `${sealed} records in ${segments} segment files are sealed messages`,
    ...(unread.size === 0 ? [] : [`not looked into: ${notRead}`]),
    ...(isWhole ? [] : ['the rest was not looked at: it took too long']),
  ].join('; ');
  if (unsealed > 0)
    return say[isLet ? 'warn' : 'fail'](
      subject,
      `${unsealed} records on the disk are NOT SEALED, such as ${first!}; ${seen}`,
      fixPlain(isLet, deleteRecords),
    );
  if (unread.size > 0 || !isWhole)
    return say.unknown(subject, seen, 'Look at the topic itself: the rows “sealed records”.');
  return sealed === 0 ? say.skipped(subject, 'holds no records') : say.ok(subject, seen);
}

/** What cannot be taken apart is searched: for the beginnings of sealed messages, and for the test message’s word. */
async function searchedRow(folder: string, { words, asked }: AskedCanary, untilMs: number): Promise<Row> {
  const needles = new Map([['sealed', prefix]]);
  for (const word of words)
    for (const [name, needle] of formsOf(word)) needles.set(`${word} ${name}`, needle);
  const searched = await searchFiles(folder, needles, untilMs);
  return judgeSearch(folder, searched, words.length > 0 ? 'sent' : asked ? 'not sent' : 'not asked');
}

export function judgeSearch(
  folder: string,
  { files, bytes, found, unread, isWhole }: Searched,
  canary: 'sent' | 'not sent' | 'not asked',
): Row {
  const sealed = found.get('sealed') ?? 0;
  const words = [...found].reduce((sum, [name, count]) => (name === 'sealed' ? sum : sum + count), 0);
  const left = unread > 0 || !isWhole ? `, not all of it (${unread} files or folders could not be read)` : '';
  const seen = `${mebibytes(bytes)} in ${files} files${left}: ${sealed} beginnings of sealed messages`;
  if (words > 0)
    return say.fail(
      folder,
      `the test message’s word lies there IN CLEAR, ${words} times; ${seen}`,
      'Stop, and report it.',
    );
  if (canary !== 'sent')
    return say.unknown(
      folder,
      `${seen}; whether anything lies there in clear is not to be told from these files`,
      canary === 'not sent'
        ? 'See the row “canary”: no test message was sent whose word could be looked for.'
        : 'Give --canary with a channel: its word is then looked for.',
    );
  if (sealed === 0 || left !== '')
    return say.unknown(
      folder,
      `${seen}; the test message’s word was not found`,
      left === ''
        ? 'See whether it is the right folder; the message may have been consumed before it was written: try again.'
        : `Run this as a user who can read all of it${isWhole ? '' : ', or give a smaller folder: there was no time for all'}.`,
    );
  return say.ok(folder, `${seen}, and the test message’s word is nowhere`);
}

/** As it is, in base64 at the three places that a byte can have there, and in UTF-16. */
function formsOf(word: string): ReadonlyMap<string, Buffer> {
  const bytes = Buffer.from(word);
  const base64 = [0, 1, 2].map((shift): [string, Buffer] => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return [`base64 ${shift}`, Buffer.from(text.slice(4, -4))];
  });
  return new Map([
    ['plain', bytes],
    ['hex', Buffer.from(bytes.toString('hex'))],
    ['utf16', Buffer.from(word, 'utf16le')],
    ...base64,
  ]);
}
