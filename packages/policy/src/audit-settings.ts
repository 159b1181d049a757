// What the policy says of the audit trail, and its values in these terms.
import type { AuditTopicSettings } from '@sealwire/core';
import type { z } from 'zod';
import type { auditSchema, auditSinkNames } from './audit-schema.js';

/** `own`: the topic or exchange of the transport that an event was seen on. */
export type AuditSinkName = (typeof auditSinkNames)[number];

export interface AuditFileSettings {
  readonly path: string;
  /** A file that has reached it is put aside. */
  readonly maxBytes: number;
  /** How many of those are kept. */
  readonly keep: number;
}

/** Nothing of it changes while a process runs. */
export interface AuditSettings {
  /** Every event goes to each. */
  readonly sinks: readonly AuditSinkName[];
  /** `null` where `sinks` does not have it. */
  readonly file: AuditFileSettings | null;
  /** When a message is concluded: `spool`: its events are safe in the spool; `block`: every sink has them. */
  readonly failurePolicy: 'spool' | 'block';
  /** Until when (ms since 1970) events are dropped that the full spool has no room for; `null`: never, it blocks. */
  readonly dropUntilMs: number | null;
  readonly spool: { readonly folder: string; readonly maxBytes: number };
  readonly checkpoint: {
    readonly everyMs: number;
    readonly events: number;
    /** The Kafka topic in which writers tell one another of their checkpoints; `null`: they do not. */
    readonly topic: string | null;
    /** The RabbitMQ exchange by which they do. */
    readonly exchange: string | null;
  };
  /** Where the key is under which names are replaced by pseudonyms (`readPseudonymKey`); `null`: they stand as they are. */
  readonly pseudonymKeyFile: string | null;
  /** `null`: an administrator makes the topic. */
  readonly createTopic: AuditTopicSettings | null;
}

type Values = z.output<typeof auditSchema>;

export function auditSettingsOf(
  values: Values,
  stateFolder: string,
  absolute: (path: string) => string,
): AuditSettings {
  const { file, spool, checkpoint, pseudonym_key: key, create_topic: topic } = values;
  return {
    sinks: values.sinks,
    file:
      file === undefined ? null : { path: absolute(file.path), maxBytes: file.max_bytes, keep: file.keep },
    failurePolicy: values.failure_policy,
    dropUntilMs: values.insecure_when_full_until ?? null,
    spool: { folder: absolute(spool.folder ?? `${stateFolder}/audit`), maxBytes: spool.max_bytes },
    checkpoint: {
      everyMs: checkpoint.every,
      events: checkpoint.events,
      topic: checkpoint.topic ?? null,
      exchange: checkpoint.exchange ?? null,
    },
    pseudonymKeyFile: key === undefined ? null : absolute(key),
    createTopic:
      topic === undefined
        ? null
        : {
            partitions: topic.partitions,
            replicationFactor: topic.replication_factor,
            retentionMs: topic.retention,
          },
  };
}

/** With `{agent}` filled in. */
export function auditSettingsFor(settings: AuditSettings, inPath: (path: string) => string): AuditSettings {
  const { file, spool, pseudonymKeyFile } = settings;
  return {
    ...settings,
    file: file && { ...file, path: inPath(file.path) },
    spool: { ...spool, folder: inPath(spool.folder) },
    pseudonymKeyFile: pseudonymKeyFile === null ? null : inPath(pseudonymKeyFile),
  };
}
