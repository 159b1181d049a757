// Whether what lies at the brokers is sealed: the last records of each topic, and the test message, as clients get them.
import { UsageError, type Transport } from '@sealwire/core';
import type { PolicyTemplate } from '@sealwire/policy';
import { nameOf } from './broker-place.js';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { sampleOf } from './doctor-options.js';
import { settled } from './found.js';
import { nextStep, seeConnection } from './next-step.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';
import { maxTopics, whyUnsealed } from './samples.js';

export const checkSealed: Check = {
  group: 'sealed',
  name: 'records',
  limitMs: 180_000,
  async run(context: DoctorContext) {
    const { policy } = context;
    if ('error' in policy) return [rowsOf('sealed', 'records').skipped('', 'the policy does not read')];
    return [...(await topicRows(context)), ...(await queueRows(context)), ...(await canaryRows(context))];
  },
};

/** Of what is not sealed. */
export function fixPlain(isLet: boolean, erase = ''): string {
  return isLet
    ? 'The channel’s mode lets it pass: change over who still sends in clear, then write mode: enforce.'
    : `Find out who wrote it: receivers refuse it. Where it holds what is secret, delete it${erase}, and let only agents write there (sealwire acl).`;
}
/** How it is deleted on Kafka. */
export const deleteRecords = ' (kafka-delete-records.sh)';

async function topicRows({
  policy,
  brokers,
  samples,
  options,
  nowMs,
}: DoctorContext): Promise<readonly Row[]> {
  const say = rowsOf('sealed', 'records');
  const why = brokers.whyNot('kafka');
  if (why !== null || 'error' in policy) return [say.skipped('kafka', why ?? 'the policy does not read')];
  if (sampleOf(options) === 0) return [say.skipped('kafka', '--sample 0')];
  const names = policy.value.channels.flatMap(({ topics }) => topics);
  const rows = [...(await samples.topics())].map(([topic, sample]): Row => {
    if ('error' in sample) return say.unknown(topic, reasonOf(sample.error), nextStep(sample.error));
    const { looked, unsealed } = sample.value;
    if (looked === 0) return say.skipped(topic, 'holds nothing');
    const first = unsealed[0];
    const isLet = isLetPass(policy.value, topic, nowMs);
    return first === undefined
      ? say.ok(topic, `the last ${looked} records are sealed messages`)
      : say[isLet ? 'warn' : 'fail'](
          topic,
          `${unsealed.length} of the last ${looked} records are NOT SEALED, such as ${first.place} (${first.code})`,
          fixPlain(isLet, deleteRecords),
        );
  });
  if (rows.length === 0) rows.push(say.skipped('kafka', 'the policy’s connection is refused'));
  if (names.length > maxTopics)
    rows.push(say.skipped('kafka', `${names.length - maxTopics} further topics were not looked into`));
  return rows;
}

/** Whether the mode of a topic’s or queue’s channel lets plaintext pass now. */
export function isLetPass({ channels }: PolicyTemplate, place: string, nowMs: number): boolean {
  const channel = channels.find(({ topics, queues }) => topics.includes(place) || queues.includes(place));
  return channel?.plaintext != null && nowMs < channel.plaintext.untilMs;
}

const mostMessages = 20;

/** Taking a message and giving it back leaves a mark, so it is done where that is asked for. */
async function queueRows(context: DoctorContext): Promise<readonly Row[]> {
  const { policy, brokers, options, agents, guardOf, nowMs } = context;
  const say = rowsOf('sealed', 'messages');
  const why = brokers.whyNot('rabbitmq');
  if (why !== null || 'error' in policy) return [say.skipped('rabbitmq', why ?? 'the policy does not read')];
  if (options.peekQueues !== true)
    return [
      say.skipped(
        'rabbitmq',
        'looking into a queue marks its messages as redelivered, and a quorum queue counts it',
        'Give --peek-queues to have it done.',
      ),
    ];
  const guard = guardOf(agents[0]!, 'rabbitmq');
  if ('error' in guard || (await brokers.admitted('rabbitmq')).length === 0)
    return [say.skipped('rabbitmq', 'the policy’s connection is refused')];
  const { holdQueue, withToolConnection } = await import('@sealwire/amqp');
  const names = policy.value.channels.flatMap(({ queues }) => queues).slice(0, maxTopics);
  const rows: Row[] = [];
  for (const queue of names) {
    const codes: string[] = [];
    let looked = 0;
    const read = await settled(() =>
      withToolConnection(guard.value, options.rabbitmq!, (model) =>
        holdQueue(model, queue, async (next) => {
          for (let held = await next(); held !== null && looked < mostMessages; held = await next()) {
            looked++;
            const code = whyUnsealed(held.received);
            if (code !== null) codes.push(code);
          }
        }),
      ),
    );
    if ('error' in read) rows.push(say.unknown(queue, reasonOf(read.error), nextStep(read.error)));
    else if (looked === 0) rows.push(say.skipped(queue, 'holds nothing that is not with consumers'));
    else {
      const isLet = isLetPass(policy.value, queue, nowMs);
      rows.push(
        codes.length === 0
          ? say.ok(queue, `the first ${looked} messages are sealed`)
          : say[isLet ? 'warn' : 'fail'](
              queue,
              `${codes.length} of the first ${looked} messages are NOT SEALED (${codes[0]!})`,
              fixPlain(isLet),
            ),
      );
    }
  }
  return rows;
}

async function canaryRows(context: DoctorContext): Promise<readonly Row[]> {
  if (context.options.canary === undefined) return [];
  const rows = await Promise.all((['kafka', 'rabbitmq'] as const).map((one) => canaryRow(one, context)));
  return rows.flat();
}

async function canaryRow(
  transport: Transport,
  { samples, agents, guardOf, brokers }: DoctorContext,
): Promise<readonly Row[]> {
  const say = rowsOf('sealed', 'canary');
  const sent = await samples.canary(transport);
  if (sent === null) return [];
  if ('error' in sent)
    return [
      say.unknown(
        transport,
        reasonOf(sent.error),
        isNoChannel(sent.error) ? 'Name another channel, or do without.' : seeConnection,
      ),
    ];
  const { word, place, sentBy, target } = sent.value;
  const subject = `${transport} ${target}`;
  if (place === null)
    return [say.ok(subject, `sent by ${sentBy}, and confirmed; --broker-data looks for its word`)];
  const guard = guardOf(agents[0]!, 'kafka');
  if ('error' in guard) return [say.skipped(subject, reasonOf(guard.error))];
  const { peekRecord } = await import('@sealwire/kafka');
  const admitted = await brokers.admitted('kafka');
  const read = await settled(() => peekRecord(guard.value, admitted.map(nameOf), place));
  if ('error' in read) return [say.unknown(subject, reasonOf(read.error), nextStep(read.error))];
  const isPlain = read.value.value?.includes(word) !== false || whyUnsealed(read.value) !== null;
  return [
    isPlain
      ? say.fail(subject, `sent by ${sentBy}, and it lies there NOT SEALED`, 'Stop, and report it.')
      : say.ok(subject, `sent by ${sentBy}; what a client reads there is sealed, and the word is not in it`),
  ];
}

const isNoChannel = (error: unknown): boolean =>
  error instanceof UsageError && error.code === 'ERR_USAGE_ARGUMENT';
