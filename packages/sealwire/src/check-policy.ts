// Local policy on a received message: realm, channel, type and audience (envelope/SPEC.md E-25 to E-27).
import type { InboundDraft, Route, Session, Source } from '@sealwire/core';
import { PolicyError, redriveType, UsageError } from '@sealwire/core';
import type { StageParts } from './stages.js';

/** The logical channel of a source. */
export type ChannelOf = (source: Source) => string;

/** Makes the look-up. The policy does not change, and a batch is mostly of one topic or queue: the last one is kept. */
export function channels({ routes }: StageParts): ChannelOf {
  let last: {
    readonly transport: Source['transport'];
    readonly name: string;
    readonly channel: string;
  } | null = null;
  /** @throws UsageError ERR_USAGE_CHANNEL: not a verdict on its records but a hole in the policy */
  return (source) => {
    const { transport } = source;
    const name = transport === 'kafka' ? source.topic : source.queue;
    if (last?.name === name && last.transport === transport) return last.channel;
    const channel = routes.channelOf(source) ?? unmapped(source);
    last = { transport, name, channel };
    return channel;
  };
}

function unmapped(source: Source): never {
  const [what, name] = source.transport === 'kafka' ? ['topic', source.topic] : ['queue', source.queue];
  throw new UsageError(
    'ERR_USAGE_CHANNEL',
    `No channel of the policy maps the ${what} ${name}. Add it under channels.….${source.transport}, or do not read from it.`,
    { name },
  );
}

/**
 * Makes the check. All of it is about the session, the channel and a policy that does not change: what passed is kept
 * with the session.
 */
export function checkPolicy(
  { routes, directory }: StageParts,
  channelOf: ChannelOf,
): (draft: InboundDraft) => void {
  const passed = new WeakMap<Session, { readonly channel: string; readonly route: Route }>();
  /** @throws PolicyError ERR_POLICY_REALM, ERR_POLICY_CHANNEL, ERR_POLICY_TYPE, ERR_POLICY_AUDIENCE, ERR_POLICY_REDRIVE */
  return (draft) => {
    const session = draft.session!;
    const channel = channelOf(draft.received.source);
    const known = passed.get(session);
    if (known?.channel === channel) {
      draft.route = known.route;
      return;
    }
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
    if (session.type === redriveType) {
      draft.route = carrierRoute(routes, channel, session);
      passed.set(session, { channel, route: draft.route });
      return;
    }
    const route = routes.inbound(channel, session.type);
    if (route === null || route.contentType !== session.contentType) {
      throw new PolicyError(
        'ERR_POLICY_TYPE',
        'The policy has no such message type or content type on this channel.',
      );
    }
    if (!acceptsSchema(route, session.schema)) {
      throw new PolicyError(
        'ERR_POLICY_TYPE',
        'The message was sent by another payload schema than the policy names. Give both ends the same schema file, or list the older one in also_accept.',
      );
    }
    if (!sameNames(route.audience, session.audience)) {
      throw new PolicyError(
        'ERR_POLICY_AUDIENCE',
        'The message is sealed for another audience than the policy names for its type.',
      );
    }
    passed.set(session, { channel, route });
    draft.route = route;
  };
}

/** @throws PolicyError ERR_POLICY_REDRIVE (SPEC.md Q-4) */
function carrierRoute(routes: StageParts['routes'], channel: string, session: Session): Route {
  const route = routes.redrive?.(channel, session.audience) ?? null;
  if (route === null || route.contentType !== session.contentType || session.schema.length > 0) {
    throw new PolicyError(
      'ERR_POLICY_REDRIVE',
      'The policy lets nobody re-drive messages like this: name who may in quarantine.redrive_by, and seal it for the audience of a message type of its channel.',
    );
  }
  return route;
}

function acceptsSchema({ schema, acceptedSchemas = [] }: Route, sent: Buffer): boolean {
  return schema.equals(sent) || acceptedSchemas.some((accepted) => accepted.equals(sent));
}

export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
