// The one place where a message may leave unsealed: what the policy only observes, as the application gave it.
import {
  recordHash,
  SealwireError,
  UsageError,
  type Code,
  type InClear,
  type Outgoing,
  type Outlet,
  type Received,
  type Route,
} from '@sealwire/core';
import { looksSealed } from '@sealwire/envelope';
import { termsOf } from './plaintext-terms.js';
import type { StageParts } from './stages.js';

export interface InClearParts {
  readonly parts: StageParts;
  /** @throws KeyError where this agent could not sign */
  readonly checkKey: (nowMs: number) => void;
  readonly payloadFits: (route: Route, schema: Buffer, payload: Buffer | null) => void;
  /** @throws InabilityError ERR_UNABLE_AUDIT where events about so many could not be kept */
  readonly assertRoom: (messages: number) => void;
}

/** Makes the outlet’s `inClear`. A channel that migrates or is held to its policy never has an answer but `null`. */
export function leavingInClear({
  parts,
  checkKey,
  payloadFits,
  assertRoom,
}: InClearParts): Outlet['inClear'] {
  const observedChannel = ({ destination }: Outgoing): string | null => {
    const channel = parts.routes.channelTo?.(destination) ?? null;
    return channel !== null && termsOf(parts, channel)?.mode === 'observe' ? channel : null;
  };

  /** The first thing that would be refused on the way to sealing it. */
  const refusal = (message: Outgoing): { readonly route: Route | null; readonly code: Code | null } => {
    let route: Route | null = null;
    try {
      checkKey(parts.clock.nowMs());
      route = parts.routes.outbound(message.destination, message.description);
      payloadFits(route, route.schema, message.payload);
      if ((message.payload?.length ?? 0) > parts.maxMessageBytes)
        throw new UsageError('ERR_USAGE_SIZE', 'The message is larger than limits.max_message.');
      return { route, code: null };
    } catch (error) {
      if (!(error instanceof SealwireError)) throw error;
      return { route, code: error.code };
    }
  };

  const inClear = (message: Outgoing, channel: string): InClear => {
    const { payload: value, key, headers } = message;
    if (looksSealed({ value, headers }, parts.directory.realm))
      throw new UsageError(
        'ERR_USAGE_MESSAGE',
        'The message looks like a sealed one, or a part of one, and the policy would have it sent as it is (mode: observe): its receivers would refuse it. Send what is to be sealed unsealed; forward sealed records with a bare client.',
        { channel },
      );
    const { route, code } = refusal(message);
    return {
      inClear: true,
      message,
      value,
      key,
      headers,
      refersTo: null,
      channel,
      sender: parts.agent,
      recipients: route?.audience ?? [],
      type: route?.type ?? null,
      atMs: parts.clock.nowMs(),
      wouldRefuse: code,
      recordHash: recordHash({ key, value } as Received),
    };
  };

  return (batch) => {
    if (parts.routes.admitPlaintext !== true) return null;
    const channels = batch.map(observedChannel);
    const count = channels.filter((channel) => channel !== null).length;
    if (count === 0) return null;
    assertRoom(count);
    return batch.map((message, i) => (channels[i] == null ? null : inClear(message, channels[i])));
  };
}
