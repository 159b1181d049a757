// An inlet that goes with the policy in force: each batch is judged wholly by one.
import type { Trail } from '@sealwire/audit';
import type { Inlet, InletOptions, Received, Source } from '@sealwire/core';
import { ReceivedSessions } from '@sealwire/envelope';
import { notMapped } from './not-mapped.js';
import type { OneTopicAChannel } from './one-topic-a-channel.js';
import { openInlet, type SeenBefore } from './open-inlet.js';
import { perPolicy } from './per-policy.js';
import type { StageParts } from './stages.js';

/** @param now the parts of the policy in force */
export function followInlet(
  now: () => StageParts,
  trail: Trail,
  topics: OneTopicAChannel,
  seen: SeenBefore,
  options: InletOptions = {},
): Inlet {
  /** Sources that were mapped when they were asked for first, with their channels. */
  const asked = new Map<string, string>();
  const memory = {
    sessions: new ReceivedSessions(),
    lastChannelOf: (source: Source) => asked.get(nameOf(source)) ?? null,
  };
  const inlet = perPolicy(now, (parts) => openInlet(parts, trail, topics, seen, options, memory));

  /**
   * Who reads what the policy has stopped to map must wait: nothing about its records was judged.
   * @throws InabilityError ERR_UNABLE_POLICY
   */
  function requireMapped(batch: readonly Received[]): void {
    const { routes } = now();
    let last = '';
    for (const { source } of batch) {
      const name = nameOf(source);
      if (name === last) continue;
      last = name;
      if (routes.channelOf(source) === null && asked.has(name)) throw notMapped(source);
    }
  }

  return {
    checkSource(source) {
      inlet().checkSource(source);
      const channel = now().routes.channelOf(source);
      if (channel !== null) asked.set(nameOf(source), channel);
    },
    open: async (batch, ledger) => {
      requireMapped(batch);
      return inlet().open(batch, ledger);
    },
    revisit: async (batch, ledger) => {
      requireMapped(batch);
      return inlet().revisit(batch, ledger);
    },
    conclude: (outcomes, rejectedOutcome) => inlet().conclude(outcomes, rejectedOutcome),
    testify: (rejected) => inlet().testify(rejected),
  };
}

const nameOf = (source: Source): string =>
  source.transport === 'kafka' ? `topic ${source.topic}` : `queue ${source.queue}`;
