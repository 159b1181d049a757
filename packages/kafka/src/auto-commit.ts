// kafkajs’ rules for when to commit, applied here because kafkajs itself must not commit.

/** The part of `run`’s configuration that is about commits. */
export interface CommitRules {
  readonly autoCommit: boolean;
  /** Milliseconds. */
  readonly autoCommitInterval: number | null;
  /** Messages. */
  readonly autoCommitThreshold: number | null;
}

/** Counts what was handled since the last commit, over all partitions of one `run`. */
export class AutoCommit {
  readonly enabled: boolean;
  readonly #rules: CommitRules;
  #lastCommitMs = Date.now();
  #handled = 0;

  constructor(rules: CommitRules) {
    this.enabled = rules.autoCommit;
    this.#rules = rules;
  }

  handled(messages: number): void {
    this.#handled += messages;
  }

  /** Whether interval or threshold asks for a commit now. */
  isDue(): boolean {
    const { autoCommitInterval, autoCommitThreshold } = this.#rules;
    return (
      (autoCommitInterval !== null && Date.now() >= this.#lastCommitMs + autoCommitInterval) ||
      (autoCommitThreshold !== null && this.#handled >= autoCommitThreshold)
    );
  }

  committed(): void {
    this.#lastCommitMs = Date.now();
    this.#handled = 0;
  }
}
