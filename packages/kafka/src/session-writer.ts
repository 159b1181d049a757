// Writes sessions to their topic before messages refer to them (envelope/SPEC.md E-32).
import {
  InabilityError,
  SealwireError,
  type InClear,
  type ReferredSession,
  type Sealed,
} from '@sealwire/core';
import type { OwnProducer } from './own-producer.js';

/** Knows which sessions of one producer lie in their topic, acknowledged by all in-sync replicas. */
export class SessionWriter {
  readonly #producer: Pick<OwnProducer, 'write'>;
  readonly #written = new WeakSet<ReferredSession>();
  readonly #writing = new Map<ReferredSession, Promise<void>>();

  constructor(producer: Pick<OwnProducer, 'write'>) {
    this.#producer = producer;
  }

  /**
   * The sessions that these messages refer to and that are not known to be written yet: none but for the first messages
   * of a session.
   */
  unwritten(records: readonly { readonly sealed: Sealed | InClear }[]): ReferredSession[] {
    const found: ReferredSession[] = [];
    let last: ReferredSession | null = null;
    for (const { sealed } of records) {
      const { refersTo } = sealed;
      if (refersTo === null || refersTo === last) continue;
      last = refersTo;
      if (!this.#written.has(refersTo) && !found.includes(refersTo)) found.push(refersTo);
    }
    return found;
  }

  /**
   * Resolves when all of them are written; each is written once, whoever waits for it.
   * @throws InabilityError ERR_UNABLE_SESSIONS, or what the key store throws: nothing may be sent
   */
  async write(sessions: readonly ReferredSession[]): Promise<void> {
    await Promise.all(
      sessions.map((session) => {
        let writing = this.#writing.get(session);
        if (writing === undefined) {
          writing = this.#write(session).finally(() => this.#writing.delete(session));
          this.#writing.set(session, writing);
        }
        return writing;
      }),
    );
  }

  async #write(session: ReferredSession): Promise<void> {
    const { topic, key } = session;
    try {
      await this.#producer.write(topic, [{ key, value: await session.value() }], { compressed: false });
    } catch (error) {
      if (error instanceof SealwireError) throw error;
      const advice = `The session could not be written to ${topic}, so nothing was sent that refers to it. Check that the topic exists and that this agent may write to it, then send again.`;
      throw new InabilityError('ERR_UNABLE_SESSIONS', advice, { topic }, error);
    }
    this.#written.add(session);
  }
}
