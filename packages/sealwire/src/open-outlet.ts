// The sending side of one client object: the outbound journey with its stages, and the audit of what became of it.
import type { Trail } from '@sealwire/audit';
import {
  describeOutgoing,
  KeyError,
  outbound,
  type Outlet,
  type OutboundDraft,
  type Sealed,
} from '@sealwire/core';
import { sealing } from '@sealwire/envelope';
import { leavingInClear } from './in-clear.js';
import { checkPayload } from './check-payload.js';
import { isGood } from './check-sender.js';
import { perPolicy } from './per-policy.js';
import type { StageParts } from './stages.js';

/**
 * Each batch goes by the policy that is in force when it begins; instance, streams and the sessions of permissions that
 * have not changed go on.
 * @throws at `seal`: everything that the stages throw; then nothing was sealed
 */
export function openOutlet(now: () => StageParts, trail: Trail): Outlet {
  const first = now();
  const { clock } = first;
  const payloadFits = perPolicy(now, checkPayload);
  const lasting = {
    ...first,
    get maxMessageBytes() {
      return now().maxMessageBytes;
    },
  };
  /** Events of messages that began and are not finished: room is kept for them. */
  let begun = 0;
  const journey = outbound({
    describe: (batch) => batch.map(describeOutgoing),
    authorise(batch) {
      const { routes } = now();
      checkOwnKey(first, clock.nowMs());
      trail.assertRoom(begun + batch.length);
      for (const draft of batch as unknown as readonly OutboundDraft[]) {
        draft.route = routes.outbound(draft.message.destination, draft.message.description);
      }
      return batch as never;
    },
    validate(batch) {
      const fits = payloadFits();
      for (const { route, message } of batch) fits(route, route.schema, message.payload);
      return batch as never;
    },
    ...sealing(lasting),
    audit(batch) {
      const all = batch.map(({ sealed }): Sealed => sealed);
      trail.seal(all);
      return all;
    },
  });
  const inClear = perPolicy(now, (parts) =>
    leavingInClear({
      parts,
      payloadFits: checkPayload(parts),
      checkKey: (nowMs) => checkOwnKey(parts, nowMs),
      assertRoom: (messages) => trail.assertRoom(begun + messages),
    }),
  );
  const begin: Outlet['begin'] = (batch) => {
    const maced = journey.begin(batch);
    begun += maced.length;
    return maced;
  };
  const finish: Outlet['finish'] = (maced) => {
    begun -= maced.length;
    return journey.finish(maced);
  };
  return {
    seal: (batch) => finish(begin(batch)),
    async sealLater(batch) {
      const maced = begin(batch);
      try {
        return await journey.finishLater(maced);
      } finally {
        begun -= maced.length;
      }
    },
    begin,
    finish,
    inClear: (batch) => inClear()(batch),
    keep: (batch) => trail.seal(batch),
    conclude: (batch, outcome, facts = {}) => trail.conclude(batch, outcome, facts),
  };
}

/** A sender whose own key is not good must not send: every receiver would refuse it. */
export function checkOwnKey({ directory, keyStore, agent }: StageParts, nowMs: number): void {
  const key = directory.signingKey(keyStore.signer.keyId.toString('latin1'));
  if (key?.owner !== agent || !isGood(key, nowMs)) {
    throw new KeyError(
      'ERR_KEY_MISSING',
      `The directory has no valid message-signing key for ${agent} that this process holds: nothing was sent. Publish or rotate its key.`,
      { agent },
    );
  }
}
