// Whether what was accepted from RabbitMQ can be remembered: the embedded store’s file, or Redis.
import { redisAccess, type Policy, type RedisReplayStore, type SqliteReplayStore } from '@sealwire/policy';
import { inspectRedis, inspectSqlite } from '@sealwire/replay';
import { notAccepted } from './broker-view.js';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { asItSays } from './next-step.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';
import { mebibytes } from './spans.js';

const say = rowsOf('replay', 'store');
/** Of its limit, above which it is told. */
const nearlyFull = 0.8;

export const checkReplay: Check = {
  group: 'replay',
  name: 'store',
  async run({ policy, signed, agents }: DoctorContext) {
    if ('error' in policy) return [say.skipped('', 'the policy does not read')];
    if (policy.value.channels.every(({ queues }) => queues.length === 0))
      return [say.skipped('', 'the policy has no queues: on Kafka, offsets keep the memory')];
    return (await Promise.all(agents.map((agent) => storeRows(agent, 'value' in signed)))).flat();
  },
};

async function storeRows(
  { agent, replay: { store }, skewMs }: Policy,
  isAccepted: boolean,
): Promise<readonly Row[]> {
  if ('file' in store) return [sqliteRow(store)];
  return isAccepted ? redisRows(agent, store, skewMs) : [say.skipped(agent, notAccepted)];
}

export function sqliteRow({ file, maxBytes }: SqliteReplayStore): Row {
  const { state, bytes } = inspectSqlite(file);
  const seen = `${mebibytes(bytes)} of ${mebibytes(maxBytes)}`;
  if (state === 'missing') return say.ok(file, 'is not there yet: it is made by the first consumer');
  if (state === 'damaged')
    return say.fail(
      file,
      `is damaged (${seen}): what was accepted before is not known`,
      'Restore it; or move it away, and accept the loss: sealwire replay accept-loss',
    );
  if (state === 'other')
    return say.fail(file, 'is no replay store of this version', 'Name another file in replay.store.sqlite.');
  if (bytes >= maxBytes)
    return say.fail(
      file,
      `is full: ${seen}. Nothing more is accepted until older messages have expired`,
      'Raise replay.store.sqlite.max_size, or lower max_age of the channels.',
    );
  if (bytes >= maxBytes * nearlyFull)
    return say.warn(file, `is nearly full: ${seen}`, 'Raise replay.store.sqlite.max_size in time.');
  return say.ok(
    file,
    state === 'open' ? `${seen}; a process has it open, so its content is not looked at` : `${seen}, whole`,
  );
}

async function redisRows(agent: string, store: RedisReplayStore, skewMs: number): Promise<readonly Row[]> {
  const { host, protocol } = new URL(store.url);
  const subject = `${host} as ${store.username ?? agent}`;
  try {
    const { version, warnings, usedBytes, maxBytes, aheadMs } = await inspectRedis(redisAccess(store));
    const way = protocol === 'rediss:' ? 'over TLS 1.3' : 'on this machine, without TLS';
    const seen = `Redis ${version} ${way}, noeviction, ${mebibytes(usedBytes)}${maxBytes === Infinity ? '' : ` of ${mebibytes(maxBytes)}`}`;
    const allowedMs = Math.max(skewMs, 10_000);
    return [
      usedBytes >= maxBytes * nearlyFull
        ? say.warn(subject, `is nearly full: ${seen}`, 'Give it more memory (maxmemory).')
        : say.ok(subject, seen),
      ...warnings.map((warning) =>
        rowsOf('replay', 'persistence').warn(
          subject,
          warning,
          'Change the server’s setting as it says, and restart it.',
        ),
      ),
      aheadMs.least > allowedMs || aheadMs.most < -allowedMs
        ? rowsOf('replay', 'clock').fail(
            subject,
            `its clock is ${Math.round(aheadMs.least / 1000)} s ahead of this machine’s`,
            'Correct the clocks (NTP): claims would end too early.',
          )
        : rowsOf('replay', 'clock').ok(subject, `within ${Math.round(allowedMs / 1000)} s of this machine’s`),
    ];
  } catch (error) {
    return [
      say.fail(
        subject,
        reasonOf(error),
        `${asItSays(error, 'See whether it runs, and its log.')} Without it consumers accept nothing.`,
      ),
    ];
  }
}
