// Who has sealed messages on a channel, as far as this process knows: their plaintext may be somebody else’s.
import type { Judged } from '@sealwire/core';

/** Noted of verified messages only, so it holds no more names than the directory has. Forgotten with the process. */
export class KnownToSeal {
  readonly #senders = new Map<string, Set<string>>();

  /** What was verified of these. */
  note(outcomes: readonly Judged[]): void {
    for (const outcome of outcomes) {
      if (!outcome.verified) continue;
      const { channel, sender } = outcome.facts;
      let senders = this.#senders.get(channel);
      if (senders === undefined) this.#senders.set(channel, (senders = new Set()));
      senders.add(sender);
    }
  }

  has(channel: string, sender: string | null): boolean {
    return sender !== null && this.#senders.get(channel)?.has(sender) === true;
  }
}
