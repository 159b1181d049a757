// Gathers the sessions that a batch refers to and that nobody here knows, for one look-up (SPEC.md E-34).
import type { SessionSource, Source } from '@sealwire/core';

/** Where sessions are looked up that messages refer to. */
export interface References {
  /** The session topic of a source’s channel, or `null` where messages must be self-contained (E-12). */
  topicOf(source: Source): string | null;
  readonly source: SessionSource;
}

/** What a look-up brought. */
export class FoundSessions {
  readonly #byTopic: ReadonlyMap<string, ReadonlyMap<string, Buffer>>;

  constructor(byTopic: ReadonlyMap<string, ReadonlyMap<string, Buffer>>) {
    this.#byTopic = byTopic;
  }

  of(topic: string, reference: Buffer): Buffer | null {
    return this.#byTopic.get(topic)?.get(nameOf(reference)) ?? null;
  }
}

/** The unknown references of one batch. */
export class LookUps {
  readonly #references: References;
  #wanted = new Map<string, Set<string>>();
  #lastSource: Source | null = null;
  #lastTopic: string | null = null;

  constructor(references: References) {
    this.#references = references;
  }

  topicOf(source: Source): string | null {
    if (source !== this.#lastSource) {
      this.#lastTopic = this.#references.topicOf(source);
      this.#lastSource = source;
    }
    return this.#lastTopic;
  }

  want(topic: string, reference: Buffer): void {
    const wanted = this.#wanted.get(topic);
    if (wanted === undefined) this.#wanted.set(topic, new Set([nameOf(reference)]));
    else wanted.add(nameOf(reference));
  }

  /**
   * Starts the look-up of everything that is wanted by now.
   * @returns `null` where nothing is; rejects with InabilityError where nothing can be judged (E-35)
   */
  take(): Promise<FoundSessions> | null {
    if (this.#wanted.size === 0) return null;
    const wanted = this.#wanted;
    this.#wanted = new Map();
    return this.#find(wanted);
  }

  async #find(wanted: ReadonlyMap<string, ReadonlySet<string>>): Promise<FoundSessions> {
    const { source } = this.#references;
    const found = await Promise.all(
      Array.from(wanted, async ([topic, references]) => {
        return [topic, await source.find(topic, [...references])] as const;
      }),
    );
    return new FoundSessions(new Map(found));
  }
}

function nameOf(reference: Buffer): string {
  return reference.toString('latin1', 0, reference.length);
}
