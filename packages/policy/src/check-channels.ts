// What must hold across channels: every topic, queue and routing key means one channel, every type one audience.
import { BindingTree } from './binding-tree.js';
import type { ChannelValues, PolicyValues } from './policy-schema.js';
import type { PolicyPath } from './policy.js';
import { dotted, type Problem } from './problems.js';

interface Claim {
  readonly name: string;
  readonly path: PolicyPath;
}

interface PublishClaim {
  readonly channel: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly path: PolicyPath;
}

/** Judges the channels that are well-formed, so that its answer can stand beside the problems of the others. */
export function checkChannels(
  channels: ReadonlyMap<string, ChannelValues>,
  quarantine: PolicyValues['quarantine'] | null,
  audit: PolicyValues['audit'] | null,
  replay: PolicyValues['replay'] | null,
): Problem[] {
  const topics: Claim[] = [];
  const queues: Claim[] = [];
  if (quarantine !== null) {
    topics.push({ name: quarantine.kafka_topic, path: ['quarantine', 'kafka_topic'] });
    queues.push({ name: quarantine.rabbitmq_queue, path: ['quarantine', 'rabbitmq_queue'] });
  }
  if (audit !== null) {
    topics.push({ name: audit.kafka_topic, path: ['audit', 'kafka_topic'] });
    const { topic } = audit.checkpoint;
    if (topic !== undefined) topics.push({ name: topic, path: ['audit', 'checkpoint', 'topic'] });
  }
  const sessions: Claim[] = [];
  const published: PublishClaim[] = [];
  const problems: Problem[] = [];
  for (const [channel, { kafka, rabbitmq, messages }] of channels) {
    const base = ['channels', channel];
    if (
      rabbitmq?.competing !== undefined &&
      rabbitmq.competing !== false &&
      replay !== null &&
      replay.store.redis === undefined
    )
      problems.push({
        path: [...base, 'rabbitmq', 'competing'],
        text: 'needs a store that all its consumers share: write replay: { store: { redis: { url: rediss://… } } }; a file serves one process only.',
      });
    kafka?.topics.forEach((name, i) => topics.push({ name, path: [...base, 'kafka', 'topics', i] }));
    if (kafka?.session_topic !== undefined)
      sessions.push({ name: kafka.session_topic, path: [...base, 'kafka', 'session_topic'] });
    rabbitmq?.queues?.forEach((name, i) => queues.push({ name, path: [...base, 'rabbitmq', 'queues', i] }));
    rabbitmq?.publish?.forEach(({ exchange, routing_key }, i) =>
      published.push({
        channel,
        exchange,
        routingKey: routing_key,
        path: [...base, 'rabbitmq', 'publish', i],
      }),
    );
    problems.push(
      ...doubles(
        messages.map(({ type }, i) => ({ name: type, path: [...base, 'messages', i, 'type'] })),
        typeTwice,
      ),
    );
  }
  return [
    ...problems,
    ...doubles(topics, placeTwice),
    ...sessionTopicsTaken(topics, sessions),
    ...doubles(queues, placeTwice),
    ...publishedTwice(published),
    ...exchangesTaken(published, quarantine, audit),
  ];
}

const placeTwice = (first: PolicyPath): string =>
  `is already taken by ${dotted(first)}; one topic or queue carries one channel, and none is shared with quarantine or audit.`;
const typeTwice = (first: PolicyPath): string =>
  `is already described by ${dotted(first)}; put all its senders and its one audience into one entry.`;

/** Sealwire’s own exchanges are neither one another’s nor a channel’s. */
function exchangesTaken(
  published: readonly PublishClaim[],
  quarantine: PolicyValues['quarantine'] | null,
  audit: PolicyValues['audit'] | null,
): Problem[] {
  const own = [
    { of: 'the audit trail', name: audit?.rabbitmq_exchange, path: ['audit', 'rabbitmq_exchange'] },
    {
      of: 'the quarantine',
      name: quarantine?.rabbitmq_exchange,
      path: ['quarantine', 'rabbitmq_exchange'],
    },
    {
      of: 'notices of checkpoints',
      name: audit?.checkpoint.exchange,
      path: ['audit', 'checkpoint', 'exchange'],
    },
  ].filter(({ name }) => name !== undefined);
  return [
    ...own.flatMap(({ of, name }) =>
      published
        .filter(({ exchange }) => exchange !== '' && exchange === name)
        .map(({ path }) => ({ path, text: `publishes to the exchange of ${of}; use another exchange.` })),
    ),
    ...own.flatMap(({ name, path }, i) => {
      const taken = own.slice(0, i).find((other) => other.name === name);
      return taken === undefined
        ? []
        : [{ path, text: `is the exchange of ${taken.of}; use another exchange.` }];
    }),
  ];
}

/** Channels may share a session topic; nothing else may lie in it. */
function sessionTopicsTaken(topics: readonly Claim[], sessions: readonly Claim[]): Problem[] {
  const taken = new Map(topics.map(({ name, path }) => [name, path]));
  return sessions.flatMap(({ name, path }) => {
    const by = taken.get(name);
    if (by === undefined) return [];
    const text = `is already taken by ${dotted(by)}; sessions need a topic of their own, which channels may share.`;
    return [{ path, text }];
  });
}

function doubles(claims: readonly Claim[], text: (first: PolicyPath) => string): Problem[] {
  const first = new Map<string, PolicyPath>();
  const problems: Problem[] = [];
  for (const { name, path } of claims) {
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, path);
    else problems.push({ path, text: text(earlier) });
  }
  return problems;
}

function publishedTwice(claims: readonly PublishClaim[]): Problem[] {
  const problems: Problem[] = [];
  const byExchange = new Map<string, BindingTree<{ readonly claim: PublishClaim; readonly at: number }>>();
  for (const [at, claim] of claims.entries()) {
    let tree = byExchange.get(claim.exchange);
    if (tree === undefined) byExchange.set(claim.exchange, (tree = new BindingTree()));
    const others = tree
      .overlapping(claim.routingKey)
      .filter((other) => other.claim.channel !== claim.channel);
    const first = others.reduce((a, b) => (a === null || b.at < a.at ? b : a), others[0] ?? null);
    if (first !== null)
      problems.push({
        path: claim.path,
        text: `overlaps with ${dotted(first.claim.path)}: a routing key could mean two channels; make the patterns disjoint.`,
      });
    tree.add(claim.routingKey, { claim, at });
  }
  return problems;
}
