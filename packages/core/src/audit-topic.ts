// The audit trail’s place on Kafka, beside its name.

/** How an audit topic that does not exist is made. */
export interface AuditTopicSettings {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionMs: number;
}

export interface AuditTopicRules {
  /** `null`: an administrator makes it. */
  readonly create: AuditTopicSettings | null;
  /** The topic of notices of checkpoints; `null`: there are none. */
  readonly notices: string | null;
}
