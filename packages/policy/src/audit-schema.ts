// The `audit` key of sealwire.yaml: where events go, what happens while they cannot, and how long is waited for a checkpoint.
import { endOfDay, untilRule } from './acknowledged-until.js';
import * as field from './fields.js';
import { list, map, oneOf, value } from './fields.js';
import { together } from './together.js';

const gibibyte = 1024 * 1024 * 1024;
const dayMs = 86_400_000;

/** `own`: the topic or exchange of the transport that an event was seen on. */
export const auditSinkNames = ['own', 'kafka', 'rabbitmq', 'file', 'stdout'] as const;

const file = map({
  path: field.path,
  max_bytes: field.size('1MiB', '1024GiB').default(100 * 1024 * 1024),
  keep: field.count(1, 10_000).default(10),
});

const createTopic = map({
  partitions: field.count(1, 10_000),
  replication_factor: field.count(1, 100),
  retention: field.duration('1h', '36500d').default(90 * dayMs),
});

export const auditSchema = map({
  kafka_topic: field.topic.default('sealwire.audit'),
  rabbitmq_exchange: field.queue.default('sealwire.audit'),
  sinks: list(oneOf(auditSinkNames), auditSinkNames.join(', '), auditSinkNames.length).default(['own']),
  file: file.optional(),
  failure_policy: oneOf(['spool', 'block']).default('spool'),
  when_full: oneOf(['block', 'drop']).default('block'),
  insecure_when_full_until: value(untilRule, endOfDay).optional(),
  spool: map({
    folder: field.path.optional(),
    max_bytes: field.size('1MiB', '1024GiB').default(gibibyte),
  }).prefault({}),
  checkpoint: map({
    every: field.duration('1s', '1h').default(60_000),
    events: field.count(1, 1_000_000).default(10_000),
    topic: field.topic.optional(),
    exchange: field.queue.optional(),
  }).prefault({}),
  pseudonym_key: field.path.optional(),
  create_topic: createTopic.optional(),
})
  .refine(
    ...together((given) => {
      const toFile = hasSink(given, 'file');
      if (toFile === (given['file'] !== undefined)) return null;
      return toFile
        ? 'has the sink file without file; write file: { path: … }.'
        : 'has file without the sink; write sinks: [own, file], or remove file.';
    }),
  )
  .refine(
    ...together((given) =>
      given['create_topic'] !== undefined && !hasSink(given, 'own') && !hasSink(given, 'kafka')
        ? 'has create_topic, but no sink own or kafka; remove it.'
        : null,
    ),
  )
  .refine(
    ...together((given) => {
      const { topic } = (given['checkpoint'] ?? {}) as Readonly<Record<string, unknown>>;
      return topic !== undefined && !hasSink(given, 'own') && !hasSink(given, 'kafka')
        ? 'has checkpoint.topic, but no sink own or kafka; remove it.'
        : null;
    }),
  )
  .refine(
    ...together((given) => {
      const { exchange } = (given['checkpoint'] ?? {}) as Readonly<Record<string, unknown>>;
      return exchange !== undefined && !hasSink(given, 'own') && !hasSink(given, 'rabbitmq')
        ? 'has checkpoint.exchange, but no sink own or rabbitmq; remove it.'
        : null;
    }),
  )
  .refine(
    ...together((given) => {
      const drops = given['when_full'] === 'drop';
      if (drops === (given['insecure_when_full_until'] !== undefined)) return null;
      return drops
        ? 'has when_full: drop, which loses events; accept that for a time with insecure_when_full_until: a date, or remove it.'
        : 'has insecure_when_full_until, which acknowledges nothing; remove it.';
    }),
  );

function hasSink({ sinks = ['own'] }: Readonly<Record<string, unknown>>, name: string): boolean {
  return Array.isArray(sinks) && sinks.includes(name);
}
