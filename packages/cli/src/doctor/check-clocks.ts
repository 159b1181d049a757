// How far the brokers’ clocks are from this machine’s, as far as anything says so.
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { settled } from './found.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';
import { span } from './spans.js';

const say = rowsOf('clocks', 'broker');

export const checkClocks: Check = {
  group: 'clocks',
  name: 'broker',
  limitMs: 120_000,
  async run(context: DoctorContext) {
    const { policy } = context;
    if ('error' in policy) return [say.skipped('', 'the policy does not read')];
    return [
      await kafkaRow(context, policy.value.skewMs),
      ...(await rabbitmqRow(context, policy.value.skewMs)),
    ];
  },
};

/**
 * No answer of Kafka’s has a time in it but what it stamped itself. The newest such record says that the broker’s clock
 * has come as far as that; only a record of our own would say that it is no further.
 */
async function kafkaRow({ brokers, samples }: DoctorContext, skewMs: number): Promise<Row> {
  const why = brokers.whyNot('kafka');
  if (why !== null) return say.skipped('kafka', why);
  const canary = await samples.canary('kafka');
  if (canary !== null && 'value' in canary && canary.value.stamped !== null) {
    const { dateMs, beforeMs, afterMs } = canary.value.stamped;
    return judgeClock('kafka', { leastMs: dateMs - afterMs, mostMs: dateMs - beforeMs }, skewMs);
  }
  const newestMs = await samples.newestStampMs();
  const fix =
    canary !== null && 'error' in canary
      ? 'See the row “sealed canary”: the test message, which would tell it, was not sent.'
      : 'Give --canary with a channel whose topic has message.timestamp.type=LogAppendTime.';
  if (newestMs === null)
    return say.unknown('kafka', 'no record that was looked at has a stamp of the broker’s', fix);
  const aheadMs = newestMs - Date.now();
  if (aheadMs > skewMs) return judgeClock('kafka', { leastMs: aheadMs, mostMs: Infinity }, skewMs);
  const seen =
    -aheadMs <= skewMs
      ? `is not behind by more than ${span(skewMs)}`
      : `stamped a record ${span(-aheadMs)} ago, and none since`;
  return say.unknown('kafka', `${seen}; nothing says how far it is ahead`, fix);
}

/** RabbitMQ says no time over AMQP; its management API does, to the second, to whoever asks. */
async function rabbitmqRow({ brokers }: DoctorContext, skewMs: number): Promise<readonly Row[]> {
  const why = brokers.whyNot('rabbitmq');
  if (why !== null) return [say.skipped('rabbitmq', why)];
  const management = brokers.management();
  if (management === null)
    return [
      say.unknown('rabbitmq', 'AMQP says no time', 'Give --management: the answers of its API are dated.'),
    ];
  const answer = await settled(() => management.clock());
  if ('error' in answer)
    return [
      say.unknown(
        management.name,
        reasonOf(answer.error),
        'Correct the address of --management, or enable its plugin (rabbitmq-plugins enable rabbitmq_management).',
      ),
    ];
  const { dateMs, beforeMs, afterMs } = answer.value;
  if (dateMs === null)
    return [
      say.unknown(
        management.name,
        'its answer has no date',
        'Name the broker itself in --management, and not what stands before it.',
      ),
    ];
  return [judgeClock('rabbitmq', { leastMs: dateMs - afterMs, mostMs: dateMs + 1000 - beforeMs }, skewMs)];
}

/** @param ahead by how much the broker’s clock is ahead: at least, at most */
export function judgeClock(
  subject: string,
  { leastMs, mostMs }: { readonly leastMs: number; readonly mostMs: number },
  skewMs: number,
): Row {
  const fix = 'Set both clocks by NTP: beyond freshness.skew messages wait, and are not judged.';
  if (leastMs > skewMs)
    return say.fail(subject, `is ${span(leastMs)} ahead, more than the allowed ${span(skewMs)}`, fix);
  if (mostMs < -skewMs)
    return say.fail(subject, `is ${span(-mostMs)} behind, more than the allowed ${span(skewMs)}`, fix);
  if (leastMs < -skewMs || mostMs > skewMs)
    return say.unknown(
      subject,
      `is between ${span(Math.max(0, -leastMs))} behind and ${span(Math.max(0, mostMs))} ahead`,
      'Ask again: the answer took long.',
    );
  return say.ok(subject, `within the allowed ${span(skewMs)} of this machine’s`);
}
