// What happens to keys while a Sealwire is open: own keys are rotated, and what became of any key is audited.
import { join } from 'node:path';
import {
  agentEvent,
  SealwireError,
  type AuditEvent,
  type AuditKind,
  type Clock,
  type Code,
} from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import {
  directoryChanges,
  KeyIntents,
  readPassphrase,
  readPrivateKeyFile,
  startRotation,
  type DirectorySet,
  type FollowedDirectory,
  type ManagedKeyStore,
  type Rotation,
} from '@sealwire/identity';
import type { Policy } from '@sealwire/policy';

export interface KeyCareParts {
  readonly policy: Policy;
  readonly directory: FollowedDirectory;
  readonly keyStore: ManagedKeyStore;
  readonly primitives: Primitives;
  readonly clock: Clock;
}

/** Events that wait for an audit trail; beyond it the oldest are left out. */
const maxWaiting = 1_000;

export class KeyCare {
  readonly #parts: KeyCareParts;
  readonly #stopListening: () => void;
  #rotation: Rotation | null = null;
  #set: DirectorySet;
  #held: ReadonlyMap<string, string>;
  #waiting: AuditEvent[] = [];
  #record: ((event: AuditEvent) => void) | null = null;
  #lastFailure = '';

  constructor(parts: KeyCareParts) {
    this.#parts = parts;
    this.#set = parts.directory.set;
    this.#held = this.#heldNow();
    this.#stopListening = parts.directory.onChange(() => void this.#changed());
  }

  /**
   * Rotates from now on, where the policy gives this process an issuer key. Where there is no key to sign with, one is
   * made first.
   * @throws KeyError ERR_KEY_FILE where the issuer's key cannot be read
   */
  async start(): Promise<void> {
    const { policy, directory, keyStore, primitives, clock } = this.#parts;
    const { rotation } = policy;
    if (rotation?.issuer == null) return;
    const { keyFile, passphrase } = rotation.issuer;
    this.#rotation = startRotation({
      directory,
      keyStore,
      issuer: primitives.signingKey(readPrivateKeyFile(keyFile, readPassphrase(passphrase)).scalar),
      settings: rotation,
      primitives,
      clock,
      intents: new KeyIntents(join(policy.stateFolder, 'rotating')),
      report: (outcome) => {
        if (outcome instanceof SealwireError) this.#failed(outcome);
        else this.#lastFailure = '';
        void this.#changed();
      },
    });
    if (!canSign(keyStore)) await this.#rotation.run();
  }

  /** From here on events go to this trail; what waited goes first. */
  recordTo(record: (event: AuditEvent) => void): void {
    if (this.#record !== null) return;
    this.#record = record;
    for (const event of this.#waiting.splice(0)) record(event);
  }

  async close(): Promise<void> {
    this.#stopListening();
    await this.#rotation?.close();
  }

  async #changed(): Promise<void> {
    const { directory, keyStore } = this.#parts;
    const before = this.#set;
    this.#set = directory.set;
    for (const change of directoryChanges(before, directory.set)) {
      if (change.kind === 'key-revoked') this.#tell('key.revoked', change.name, change.key);
      if (change.kind === 'key-added' && this.#isMine(change.name))
        this.#tell('key.rotated', change.name, change.key);
    }
    await keyStore.reload();
    const held = this.#held;
    this.#held = this.#heldNow();
    const { agent } = keyStore;
    const key = (id: string, purpose: string) => ({ keyId: Buffer.from(id, 'hex'), purpose });
    for (const [id, purpose] of this.#held)
      if (!held.has(id)) this.#tell('key.created', agent, key(id, purpose));
    for (const [id, purpose] of held)
      if (!this.#held.has(id)) this.#tell('key.destroyed', agent, key(id, purpose));
  }

  #isMine(name: string): boolean {
    const { directory, keyStore } = this.#parts;
    return name === keyStore.agent || directory.isMember(keyStore.agent, name);
  }

  #heldNow(): ReadonlyMap<string, string> {
    return new Map(this.#parts.keyStore.keys.map(({ keyId, purpose }) => [keyId.toString('hex'), purpose]));
  }

  /** Once for the same reason: a disk that stays full is tried often. */
  #failed({ code, message }: SealwireError): void {
    if (message === this.#lastFailure) return;
    this.#lastFailure = message;
    this.#add(this.#event('rotation.failed', code, { reason: message }));
  }

  #tell(
    kind: AuditKind,
    name: string,
    { keyId, purpose }: { readonly keyId: Buffer; readonly purpose: string },
  ): void {
    this.#add(this.#event(kind, null, { name, key_id: keyId.toString('hex'), purpose }));
  }

  #event(kind: AuditKind, code: Code | null, facts: AuditEvent['facts']): AuditEvent {
    return agentEvent(this.#parts.keyStore.agent, {
      kind,
      timestampMs: this.#parts.clock.nowMs(),
      encryptionStatus: code === null ? 'sealed' : 'failed',
      outcome: code === null ? 'acknowledged' : 'failed',
      code,
      facts,
    });
  }

  #add(event: AuditEvent): void {
    if (this.#record !== null) this.#record(event);
    else if (this.#waiting.push(event) > maxWaiting) this.#waiting.shift();
  }
}

function canSign(keyStore: ManagedKeyStore): boolean {
  try {
    return keyStore.signer.keyId.length > 0;
  } catch {
    return false;
  }
}
