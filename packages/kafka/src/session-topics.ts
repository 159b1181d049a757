// Looks sessions up in their topics (envelope/SPEC.md E-33 to E-35).
import { InabilityError, type SessionRules, type SessionSource } from '@sealwire/core';
import type { RawMessage } from './received.js';
import { SessionIndex } from './session-index.js';
import type { TopicReader, TopicReaderParts } from './topic-reader.js';

/** How long that a reference was not found is remembered. */
const rememberMs = 10_000;
const rememberedReferences = 10_000;
/** How long a look-up may wait: meanwhile the consumer sends no heartbeats. The reading goes on behind it. */
const patienceMs = 8_000;
/** At least so long, and as long as it took, lies between one reading of a whole topic and the next. */
const shortestPauseMs = 1_000;
/** Of these many records, the loop gets a turn. */
const recordsPerTurn = 256;

export interface SessionTopicsParts {
  readonly rules: SessionRules;
  readonly reader: (parts: Pick<TopicReaderParts, 'topic' | 'take'>) => TopicReader;
  readonly maxIndexBytes?: number;
  readonly nowMs?: () => number;
}

/** All session topics that one SecureKafka reads. */
export class SessionTopics implements SessionSource {
  readonly #parts: SessionTopicsParts;
  readonly #topics = new Map<string, FollowedTopic>();

  constructor(parts: SessionTopicsParts) {
    this.#parts = parts;
  }

  async find(topic: string, references: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    return this.#of(topic).find(references);
  }

  /** Begins to read, so that the first look-up finds it done. Failures show there. */
  warm(topic: string): void {
    this.#of(topic).warm();
  }

  /** Stops reading. What is known is kept; the next look-up begins anew. */
  async release(): Promise<void> {
    await Promise.all([...this.#topics.values()].map((topic) => topic.release()));
  }

  #of(name: string): FollowedTopic {
    let topic = this.#topics.get(name);
    if (topic === undefined) this.#topics.set(name, (topic = new FollowedTopic(name, this.#parts)));
    return topic;
  }
}

class FollowedTopic {
  readonly #name: string;
  readonly #parts: SessionTopicsParts;
  readonly #index: SessionIndex;
  readonly #nowMs: () => number;
  #reader: TopicReader | null = null;
  /** When references were last not found. */
  #absent = new Map<string, number>();
  #rescan: Promise<void> | null = null;
  #restUntilMs = -Infinity;
  #wanted = new Set<string>();

  constructor(name: string, parts: SessionTopicsParts) {
    this.#name = name;
    this.#parts = parts;
    this.#index = new SessionIndex(parts.rules, parts.maxIndexBytes);
    this.#nowMs = parts.nowMs ?? Date.now;
  }

  async find(references: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const found = new Map<string, Buffer>();
    let missing = this.#look(references, found).filter((reference) => !this.#isAbsent(reference));
    if (missing.length === 0) return found;
    const deadlineMs = performance.now() + patienceMs;
    await this.#within(this.#read(), deadlineMs);
    missing = this.#look(missing, found);
    // That something is not there is said only of the whole topic.
    if (missing.length > 0) await this.#within(this.#reading().readToEnd(), deadlineMs);
    missing = this.#look(missing, found);
    // A reading may have begun before these were wanted: then the next one is theirs.
    while (missing.length > 0 && this.#index.incomplete) {
      await this.#within(this.#readWhole(missing), deadlineMs);
      missing = this.#look(missing, found).filter((reference) => !this.#isAbsent(reference));
    }
    for (const reference of missing) this.#rememberAbsent(reference);
    return found;
  }

  warm(): void {
    this.#read().catch(() => undefined);
  }

  async release(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    await reader?.close();
  }

  #read(): Promise<void> {
    return this.#reading().readToStable();
  }

  #reading(): TopicReader {
    return (this.#reader ??= this.#parts.reader({
      topic: this.#name,
      take: (records) => this.#take(records),
    }));
  }

  async #take(records: readonly RawMessage[]): Promise<void> {
    for (const [i, { key, value }] of records.entries()) {
      const offered = this.#parts.rules.read(key, value);
      if (offered !== null) this.#index.add(offered);
      if (i % recordsPerTurn === recordsPerTurn - 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Reads the topic once more from its beginning, for what was evicted: one reading for all, and pauses in between. */
  #readWhole(references: readonly string[]): Promise<void> {
    for (const reference of references) this.#wanted.add(reference);
    return (this.#rescan ??= this.#scan().finally(() => (this.#rescan = null)));
  }

  async #scan(): Promise<void> {
    const restMs = this.#restUntilMs - this.#nowMs();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, restMs)));
    const wanted = this.#wanted;
    this.#wanted = new Set();
    const startedAtMs = this.#nowMs();
    const reader = this.#parts.reader({
      topic: this.#name,
      take: (records) => {
        for (const { key, value } of records) {
          if (key?.length !== 32 || !wanted.has(key.toString('latin1', 0, 16))) continue;
          const offered = this.#parts.rules.read(key, value);
          if (offered !== null) this.#index.add(offered);
        }
      },
    });
    try {
      await reader.readToEnd();
      for (const reference of this.#look([...wanted], new Map())) this.#rememberAbsent(reference);
    } finally {
      await reader.close();
      const tookMs = this.#nowMs() - startedAtMs;
      this.#restUntilMs = this.#nowMs() + Math.max(shortestPauseMs, tookMs);
    }
  }

  /** @returns what is not in the index */
  #look(references: readonly string[], found: Map<string, Buffer>): string[] {
    return references.filter((reference) => {
      const session = this.#index.get(reference);
      if (session !== null) found.set(reference, session);
      return session === null;
    });
  }

  #isAbsent(reference: string): boolean {
    return this.#nowMs() - (this.#absent.get(reference) ?? -Infinity) < rememberMs;
  }

  #rememberAbsent(reference: string): void {
    if (this.#isAbsent(reference)) return;
    // All at once rather than one by one: a reference that is forgotten is only looked up again.
    if (this.#absent.size >= rememberedReferences) this.#absent = new Map();
    this.#absent.set(reference, this.#nowMs());
  }

  async #within(reading: Promise<void>, deadlineMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const reason = 'reading it to its end takes longer than usual';
      const leftMs = Math.max(0, deadlineMs - performance.now());
      timer = setTimeout(() => reject(unable(this.#name, reason)), leftMs);
    });
    try {
      await Promise.race([reading, late]);
    } catch (error) {
      if (error instanceof InabilityError) throw error;
      throw unable(this.#name, (error as Error).message, error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function unable(topic: string, reason: string, cause?: unknown): InabilityError {
  const advice = `Messages refer to sessions in the topic ${topic}, which cannot be read to its end: ${reason}. Check that it exists and that this agent may read it; messages wait until it can be read.`;
  return new InabilityError('ERR_UNABLE_SESSIONS', advice, { topic }, cause);
}
