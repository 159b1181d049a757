// A channel that one receiver reads from two topics would take a copy from one to the other: it is refused.
import { UsageError, type Source } from '@sealwire/core';

/** What the clients of one Sealwire read, by channel. */
export class OneTopicAChannel {
  readonly #topics = new Map<string, string>();

  /** @throws UsageError ERR_USAGE_REPLAY */
  claim(source: Source, channel: string): void {
    if (source.transport !== 'kafka') return;
    const { topic } = source;
    const other = this.#topics.get(channel);
    if (other !== undefined && other !== topic)
      throw new UsageError(
        'ERR_USAGE_REPLAY',
        `The channel ${channel} is read from ${other} already, and its messages could be copied from there to ${topic} and taken twice. Map the topics to two channels of the policy.`,
        { channel, topic },
      );
    this.#topics.set(channel, topic);
  }
}
