// The replay guard of RabbitMQ, as the policy describes it.
import { agentEvent, type AuditEvent, type ClaimGuard, type Clock } from '@sealwire/core';
import { redisAccess, type ChannelPolicy, type Policy } from '@sealwire/policy';
import { perPolicy } from './per-policy.js';
import { ClaimKeeper, KnownStore, openRedisStore, openSqliteStore, type OpenedStore } from '@sealwire/replay';

/** The guard, and what is done with it besides guarding. */
export interface OpenClaims {
  readonly guard: ClaimGuard;
  /** The way into the audit trail. */
  recordTo(record: (event: AuditEvent) => void): void;
  close(): Promise<void>;
}

/** Names the memory that is known, beside the agent’s other state. */
export const knownStoreFile = (policy: Policy): string => `${policy.stateFolder}/replay-store.json`;

/**
 * Opens nothing yet: a process that only publishes needs no store, and must not take the lock of one that consumes.
 * @param now the policy in force; store, lease and receivers are those of the first
 * @returns `null` where the policy has neither queues nor a way to RabbitMQ
 */
export function openClaims(now: () => Policy, clock: Clock): OpenClaims | null {
  const policy = now();
  const queued = (): readonly ChannelPolicy[] => now().channels.filter(({ queues }) => queues.length > 0);
  if (queued().length === 0 && policy.connections.rabbitmq === null) return null;
  /** A message that is being handled outlives its channel. */
  const last = new Map<string, ChannelPolicy>();
  const channels = perPolicy(now, (current) => {
    for (const channel of current.channels) last.set(channel.name, channel);
    return last;
  });
  // Age is judged at receipt; sender, receiver and store may each be off by the skew.
  const windowMs = (maxAgeMs: number): number => maxAgeMs + 2 * policy.skewMs;
  let record: ((event: AuditEvent) => void) | null = null;
  const waiting: AuditEvent[] = [];

  const store = new KnownStore({
    open: () => openStore(policy),
    file: knownStoreFile(policy),
    get windowMs() {
      return windowMs(queued().reduce((longest, { maxAgeMs }) => Math.max(longest, maxAgeMs), 0));
    },
    clock,
    adopted(how, lostAtMs) {
      const event = lossEvent(policy.agent, how, lostAtMs, clock.nowMs());
      if (record === null) waiting.push(event);
      else record(event);
    },
  });
  const guard = new ClaimKeeper({
    open: async () => {
      await store.ready();
      return store;
    },
    realm: policy.realm,
    receiverOf(channel) {
      const competing = channels().get(channel)?.competing ?? null;
      return typeof competing === 'string' ? competing : policy.agent;
    },
    windowMsOf: (channel) => windowMs(channels().get(channel)?.maxAgeMs ?? 0),
    leaseMs: policy.replay.leaseMs,
    clock,
  });
  return {
    guard,
    recordTo(given) {
      record ??= given;
      for (const event of waiting.splice(0)) record(event);
    },
    close: () => guard.close(),
  };
}

async function openStore({ replay: { store }, skewMs }: Policy): Promise<OpenedStore> {
  if ('file' in store) return openSqliteStore(store);
  return openRedisStore({
    ...redisAccess(store),
    skewMs,
    warn: (text) => process.emitWarning(text, 'SealwireWarning'),
  });
}

/** Something may be accepted once more: that must not go unseen. */
function lossEvent(agent: string, how: 'accepted' | 'waited', lostAtMs: number, atMs: number): AuditEvent {
  return agentEvent(agent, {
    kind: 'replay.allowed',
    timestampMs: atMs,
    senderId: null,
    recipientId: agent,
    outcome: 'acknowledged',
    facts: { reason: how === 'accepted' ? 'loss_accepted' : 'loss_outwaited', lost_at: lostAtMs },
  });
}
