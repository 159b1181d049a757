// Tells of signing keys that are used though they were revoked, without an event for each message.
import {
  agentEvent,
  type AuditEvent,
  type AuditOutcome,
  type Directory,
  type Judged,
  type PublicKey,
} from '@sealwire/core';

/** Of one key there is one event in this time, in ms. */
const quietMs = 600_000;

/** Keys of the directory only, so there are no more of them than it has. Shared by all inlets of a process. */
export class RevokedKeyUses {
  readonly #uses = new Map<string, { toldAtMs: number; untold: number }>();

  /**
   * Events of these outcomes, if any: of messages that were refused because of the key, and of those that were accepted
   * because they are older than its revocation. `uses` says how many since the event before.
   */
  events(
    outcomes: readonly Judged[],
    rejectedOutcome: AuditOutcome,
    { agent, directory }: { readonly agent: string; readonly directory: Pick<Directory, 'signingKey'> },
    nowMs: number,
  ): AuditEvent[] {
    const events: AuditEvent[] = [];
    for (const outcome of outcomes) {
      const keyId = usedKeyOf(outcome);
      if (keyId === null) continue;
      const key = directory.signingKey(Buffer.from(keyId, 'hex').toString('latin1'));
      if (key === null || key.distrustFromMs === null) continue;
      const uses = this.#count(keyId, nowMs);
      if (uses === 0) continue;
      events.push(
        usedEvent(agent, key, {
          keyId,
          uses,
          outcome: outcome.verified ? 'delivered' : rejectedOutcome,
          nowMs,
        }),
      );
    }
    return events;
  }

  /** @returns how many uses are to be told now; 0: none yet */
  #count(keyId: string, nowMs: number): number {
    const known = this.#uses.get(keyId);
    // A clock that went back must not silence it for longer.
    if (known !== undefined && Math.abs(nowMs - known.toldAtMs) < quietMs) {
      known.untold++;
      return 0;
    }
    this.#uses.set(keyId, { toldAtMs: nowMs, untold: 0 });
    return (known?.untold ?? 0) + 1;
  }
}

/** Hex. Where it was refused, the record claims so: nothing of it is verified then. */
function usedKeyOf(outcome: Judged): string | null {
  if (outcome.plain === true) return null;
  if (outcome.verified) return outcome.keyRevoked === true ? outcome.facts.senderKeyId.toString('hex') : null;
  return outcome.code === 'ERR_KEY_STATUS' ? (outcome.claims?.keyId ?? null) : null;
}

interface Use {
  readonly keyId: string;
  readonly uses: number;
  readonly outcome: AuditOutcome;
  readonly nowMs: number;
}

function usedEvent(agent: string, key: PublicKey, { keyId, uses, outcome, nowMs }: Use): AuditEvent {
  const delivered = outcome === 'delivered';
  return {
    ...agentEvent(agent, {
      kind: 'key.used_after_revocation',
      timestampMs: nowMs,
      outcome,
      code: delivered ? null : 'ERR_KEY_STATUS',
      encryptionStatus: delivered ? 'sealed' : 'failed',
      facts: {
        name: key.owner,
        key_id: keyId,
        purpose: 'message-signing',
        distrusted_from: new Date(key.distrustFromMs!).toISOString(),
        uses,
      },
    }),
    unverified: !delivered,
  };
}
