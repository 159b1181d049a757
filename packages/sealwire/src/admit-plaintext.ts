// The one place where a received record may pass without being sealed: before the journey, which never sees it.
import { InabilityError, type Judged, type Plain, type Received, type Rejected } from '@sealwire/core';
import { looksSealed } from '@sealwire/envelope';
import type { ChannelOf } from './check-policy.js';
import { plaintextJudge, type JudgePlaintext } from './judge-plaintext.js';
import type { KnownToSeal } from './known-to-seal.js';
import { termsOf } from './plaintext-terms.js';
import type { StageParts } from './stages.js';

/** A batch of which some is plaintext that is admitted, or refused as such. */
export interface Divided {
  /** What must go the way of all messages, in its order. */
  readonly sealed: readonly Received[];
  /** The outcomes of the whole batch. @param sealed those of `sealed` */
  merge(sealed: readonly Judged[]): readonly Judged[];
}

/**
 * Makes the division. On a channel that is held to its policy every record goes the way of all, whatever it is; so does
 * what looks sealed, on every channel.
 * @returns `null` where that is all of the batch
 */
export function plaintextDivision(
  parts: StageParts,
  channelOf: ChannelOf,
  payloadFits: Parameters<typeof plaintextJudge>[1],
  known: KnownToSeal,
): (batch: readonly Received[]) => Divided | null {
  const judge: JudgePlaintext = plaintextJudge(parts, payloadFits, known);
  return (batch) => {
    // Asked of the parts each time: what they are may change with the policy.
    if (parts.routes.admitPlaintext !== true) return null;
    let weak = false;
    const sealed: Received[] = [];
    const plain = batch.map((received): (() => Plain | Rejected) | null => {
      const channel = channelOf(received.source);
      const terms = termsOf(parts, channel);
      if (terms !== null) {
        weak = true;
        if (!looksSealed(received, parts.directory.realm))
          return () => {
            // Its time may have ended while sessions were looked up.
            if (termsOf(parts, channel) === null) throw endedMeanwhile(channel);
            return judge(received, channel, terms);
          };
      }
      sealed.push(received);
      return null;
    });
    if (!weak) return null;
    return {
      sealed,
      merge(outcomes) {
        known.note(outcomes);
        const next = outcomes.values();
        // After those of sealed ones: what a sender sealed in the same batch counts.
        return plain.map((judgeIt) => judgeIt?.() ?? next.next().value!);
      },
    };
  };
}

/** Nothing was judged: asked again, the channel is held to its policy. */
function endedMeanwhile(channel: string): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_POLICY',
    `The time in which channel ${channel} admits plaintext has just ended. Judge the batch again.`,
    { channel },
  );
}
