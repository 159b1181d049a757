// Local policy on a received message: realm, channel, type and audience (envelope/SPEC.md E-25 to E-27).
import type { InboundDraft, Source } from '@sealwire/core';
import { PolicyError, UsageError } from '@sealwire/core';
import type { StageParts } from './stages.js';

/**
 * The logical channel of a source.
 * @throws UsageError ERR_USAGE_CHANNEL: not a verdict on its records but a hole in the policy
 */
export function channelOf({ routes }: StageParts, source: Source): string {
  const channel = routes.channelOf(source);
  if (channel !== null) return channel;
  const [what, name] = source.transport === 'kafka' ? ['topic', source.topic] : ['queue', source.queue];
  throw new UsageError(
    'ERR_USAGE_CHANNEL',
    `No channel of the policy maps the ${what} ${name}. Add it under channels.….${source.transport}, or do not read from it.`,
    { name },
  );
}

/** Makes the check. */
export function checkPolicy(parts: StageParts): (draft: InboundDraft) => void {
  const { routes, directory } = parts;
  /** @throws PolicyError ERR_POLICY_REALM, ERR_POLICY_CHANNEL, ERR_POLICY_TYPE, ERR_POLICY_AUDIENCE */
  return (draft) => {
    const session = draft.session!;
    const channel = channelOf(parts, draft.received.source);
    if (!session.realm.equals(directory.realm)) {
      throw new PolicyError(
        'ERR_POLICY_REALM',
        'The message is of another realm: its sender uses another directory.',
      );
    }
    if (session.channel !== channel) {
      throw new PolicyError(
        'ERR_POLICY_CHANNEL',
        'The message was sealed for another channel: it was copied or misrouted.',
      );
    }
    const route = routes.inbound(channel, session.type);
    if (route === null || route.contentType !== session.contentType || !route.schema.equals(session.schema)) {
      throw new PolicyError(
        'ERR_POLICY_TYPE',
        'The policy has no such message type, content type or schema on this channel.',
      );
    }
    if (!sameNames(route.audience, session.audience)) {
      throw new PolicyError(
        'ERR_POLICY_AUDIENCE',
        'The message is sealed for another audience than the policy names for its type.',
      );
    }
    draft.route = route;
  };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
