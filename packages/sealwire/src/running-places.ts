// What a running process has begun to remember of its channels, and what a policy must therefore not change under it.
import type { ChannelPolicy, Policy } from '@sealwire/policy';
import { sessionTopicsOf } from './session-rules.js';
import { isDeepStrictEqual } from 'node:util';

/** Of every policy that was in force in this process. */
export class RunningPlaces {
  /** Which channel each topic and queue was. */
  readonly #channels = new Map<string, string>();
  /** For how long each channel’s messages were remembered at least. */
  readonly #ages = new Map<string, number>();
  #policy: Policy;

  constructor(policy: Policy) {
    this.#policy = policy;
    this.adopt(policy);
  }

  /** The channel of a topic or queue, as it was last. */
  channelOf(transport: 'kafka' | 'rabbitmq', name: string): string | null {
    return this.#channels.get(placeOf(transport, name)) ?? null;
  }

  /** Why a policy cannot be taken over; empty where it can. */
  obstacles(policy: Policy): string[] {
    const found: string[] = [];
    for (const { name, maxAgeMs } of policy.channels) {
      const remembered = this.#ages.get(name);
      if (remembered !== undefined && maxAgeMs > remembered)
        found.push(
          `channels.${name}.max_age is longer than what is remembered against replays since this process started`,
        );
    }
    for (const [place, channel] of placesOf(policy.channels)) {
      const was = this.#channels.get(place);
      if (was !== undefined && was !== channel)
        found.push(`the ${place} was of the channel ${was} in this process, and would be of ${channel}`);
    }
    if (!isDeepStrictEqual(sessionTopicsOf(policy.channels), sessionTopicsOf(this.#policy.channels)))
      found.push('the session topics serve other topics than those that they were checked for');
    if (!sameRootKeys(policy, this.#policy)) found.push('directory.root_key_file holds another key');
    return found;
  }

  /** It is in force now. */
  adopt(policy: Policy): void {
    this.#policy = policy;
    for (const { name, maxAgeMs } of policy.channels)
      this.#ages.set(name, Math.min(maxAgeMs, this.#ages.get(name) ?? Infinity));
    for (const [place, channel] of placesOf(policy.channels)) this.#channels.set(place, channel);
  }
}

function* placesOf(channels: readonly ChannelPolicy[]): Generator<readonly [string, string]> {
  for (const { name, topics, queues } of channels) {
    for (const topic of topics) yield [placeOf('kafka', topic), name];
    for (const queue of queues) yield [placeOf('rabbitmq', queue), name];
  }
}

const placeOf = (transport: 'kafka' | 'rabbitmq', name: string): string =>
  `${transport === 'kafka' ? 'topic' : 'queue'} ${name}`;

function sameRootKeys(a: Policy, b: Policy): boolean {
  return (
    a.directory.rootKeys.length === b.directory.rootKeys.length &&
    a.directory.rootKeys.every((key, i) => key.equals(b.directory.rootKeys[i]!))
  );
}
