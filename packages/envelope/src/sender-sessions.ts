// The sessions that one producer writes under: a data key for each route, wrapped for the route’s audience.
import type { Directory, KeyStore, PublicKey, ReferredSession, Route, Session } from '@sealwire/core';
import { KeyError, UsageError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import { batchKeys, type BatchKeys } from './batch-keys.js';
import { limits } from './limits.js';
import { headOf } from './outer-codec.js';
import { completeSession, encodeWrapContext } from './session-codec.js';
import { referredSession, referenceBytes } from './session-record.js';
import { wrapInfo } from './wrap-info.js';

/** What a producer’s sessions are made of. */
export interface SenderSessionsOptions {
  readonly agent: string;
  readonly suite: number;
  readonly primitives: Primitives;
  readonly directory: Directory;
  readonly keyStore: KeyStore;
  /** How long a session may last; epochs are multiples of it. Whole seconds. */
  readonly epochMs: number;
  /** 16 bytes; drawn where there is none, as it must be for whoever seals more than one message. */
  readonly instance?: Buffer;
}

/** A session as its sender writes it, in one of its two forms. */
export interface SentSession extends Session {
  /** The outer record up to and including the session field: the same for every message. */
  readonly head: Buffer;
  /** `null` where messages hold the session itself. */
  readonly refersTo: ReferredSession | null;
}

/** A session with its secret, on the sender’s side. */
export class SenderSession {
  /** As messages hold it that are self-contained. */
  readonly session: SentSession;
  /** As messages hold it that refer to it; the same as `session` where the route has no session topic. */
  readonly referred: SentSession;
  /** The directory that its wraps were made by. */
  readonly directoryVersion: number;
  /** Whom the data key is wrapped for, in the order of the audience. */
  readonly recipients: readonly PublicKey[];
  /** When these were last found to be the ones to seal for. */
  recipientsCheckedAtMs: number;
  readonly #primitives: Primitives;
  readonly #dataKey: Buffer;
  #salt: Buffer | null = null;
  #keys: BatchKeys | null = null;

  constructor(
    session: Session,
    dataKey: Buffer,
    made: {
      readonly directoryVersion: number;
      readonly recipients: readonly PublicKey[];
      readonly atMs: number;
    },
    primitives: Primitives,
    refersTo: ReferredSession | null = null,
  ) {
    this.session = { ...session, head: headOf(session.bytes), refersTo: null };
    this.referred =
      refersTo === null
        ? this.session
        : { ...session, head: headOf(session.hash.subarray(0, referenceBytes)), refersTo };
    this.directoryVersion = made.directoryVersion;
    this.recipients = made.recipients;
    this.recipientsCheckedAtMs = made.atMs;
    this.#dataKey = dataKey;
    this.#primitives = primitives;
  }

  /** The keys for a batch; the last batch’s are kept. */
  keys(salt: Buffer): BatchKeys {
    if (this.#keys === null || this.#salt !== salt) {
      this.#keys = batchKeys(this.#primitives, this.#dataKey, salt);
      this.#salt = salt;
    }
    return this.#keys;
  }
}

/** Keeps one session per route and renews it when its epoch, the signing key, the directory or a key of the audience changes. */
export class SenderSessions {
  readonly #options: SenderSessionsOptions;
  readonly #instance: Buffer;
  /** A route that is no more takes its session with it. */
  readonly #byRoute = new WeakMap<Route, SenderSession>();

  constructor(options: SenderSessionsOptions) {
    this.#options = options;
    this.#instance = options.instance ?? options.primitives.randomBytes(16);
  }

  /** @throws KeyError ERR_KEY_MISSING where the directory has no sealing key for a part of the audience. */
  of(route: Route, nowMs: number): SenderSession {
    const { directory, keyStore } = this.#options;
    const current = this.#byRoute.get(route);
    if (
      current !== undefined &&
      nowMs < current.session.epochEndMs &&
      nowMs >= current.session.epochStartMs &&
      current.directoryVersion === directory.version &&
      current.session.senderKeyId.equals(keyStore.signer.keyId) &&
      this.#isStillFor(current, route, nowMs)
    ) {
      return current;
    }
    const opened = this.#open(route, nowMs);
    this.#byRoute.set(route, opened);
    return opened;
  }

  #open(route: Route, nowMs: number): SenderSession {
    const { agent, suite, primitives, directory, keyStore, epochMs } = this.#options;
    const epochStartMs = Math.floor(nowMs / epochMs) * epochMs;
    const terms = {
      suite,
      realm: directory.realm,
      sender: agent,
      senderKeyId: keyStore.signer.keyId,
      instance: this.#instance,
      audience: route.audience,
      epochStartMs,
      epochEndMs: epochStartMs + epochMs,
      channel: route.channel,
      type: route.type,
      schema: route.schema,
      contentType: route.contentType,
    };
    const wrapContext = encodeWrapContext(terms);
    const dataKey = primitives.randomBytes(32);
    const recipients = this.#recipients(route, nowMs);
    requireAudience(route, recipients);
    const wraps = recipients.map(({ keyId, publicKey, owner }) => {
      const wrap = primitives.wrap(publicKey, wrapInfo(keyId, wrapContext), dataKey);
      if (wrap === null) throw missing(owner);
      return { keyId, ...wrap };
    });
    const session = completeSession(terms, wrapContext, wraps);
    return new SenderSession(
      session,
      dataKey,
      { directoryVersion: directory.version, recipients, atMs: nowMs },
      primitives,
      route.sessionTopic === null ? null : referredSession(route.sessionTopic, session, keyStore),
    );
  }

  /** One directory names other keys as time passes: they become valid, expire, or are distrusted from a time on. */
  #isStillFor(current: SenderSession, route: Route, nowMs: number): boolean {
    // Once a batch, not once a message.
    if (current.recipientsCheckedAtMs === nowMs) return true;
    const now = this.#recipients(route, nowMs);
    if (!now.every(({ keyId }, i) => keyId.equals(current.recipients[i]!.keyId))) return false;
    current.recipientsCheckedAtMs = nowMs;
    return true;
  }

  #recipients(route: Route, nowMs: number): PublicKey[] {
    return route.audience.map((name) => {
      const key = this.#options.directory.sealingKey(name, nowMs);
      if (key === null) throw missing(name);
      return key;
    });
  }
}

/** What every receiver would refuse (SPEC.md §5): nobody, too many, one key twice. */
function requireAudience({ audience, channel }: Route, recipients: readonly PublicKey[]): void {
  const keys = new Set(recipients.map(({ keyId }) => keyId.toString('latin1')));
  if (audience.length >= 1 && audience.length <= limits.wraps && keys.size === audience.length) return;
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    `A message is for 1 to ${limits.wraps} agents and groups, each with a key of its own. Correct the audience of the route on ${channel}.`,
    { audience: audience.length, keys: keys.size },
  );
}

function missing(name: string): KeyError {
  return new KeyError(
    'ERR_KEY_MISSING',
    `The directory has no valid sealing key for ${name}: nothing was sent. Publish one, or take ${name} out of the route.`,
    { name },
  );
}
