// The claim store that several processes share: Redis, one round trip for a batch.
import { InabilityError, UsageError, type Claim, type ClaimAnswer } from '@sealwire/core';
import { keptClaim, type KeptClaim } from './kept-claim.js';
import { checkRedis } from './check-redis.js';
import { redisClient, type RedisPlace } from './redis-client.js';
import type { RedisCommands } from './redis-commands.js';
import { redisScripts } from './redis-scripts.js';
import { redisUnable } from './redis-unable.js';
import { storeId } from './store-id.js';
import type { OpenedStore } from './opened-store.js';

export interface RedisServer extends RedisPlace {
  /** How far its clock may be from this machine’s. */
  readonly skewMs: number;
  /** Takes what an operator should know of the server’s settings. */
  warn(text: string): void;
}

/** One hash slot, so that it runs on a cluster’s node as well. */
const prefix = '{sealwire}:';
const nameKey = `${prefix}memory`;
const counterKey = `${prefix}counter`;

const leaseKey = ({ scope, stream, block, bit }: KeptClaim): string =>
  `${prefix}lease:${scope}:${base64(stream)}:${block}:${bit}`;
const blockKey = ({ scope, stream, block }: KeptClaim): string =>
  `${prefix}done:${scope}:${base64(stream)}:${block}`;
const windowKey = (scope: string): string => `${prefix}window:${scope}`;
const base64 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('base64url');

/** @throws UsageError ERR_USAGE_REPLAY where ioredis is not installed; InabilityError ERR_UNABLE_REPLAY */
export async function openRedisStore(server: RedisServer): Promise<OpenedStore> {
  const store = new RedisStore(await redisClient(server), server);
  try {
    await store.start();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

class RedisStore implements OpenedStore {
  id = '';
  readonly #redis: RedisCommands;
  readonly #server: RedisServer;
  readonly #warned = new Set<string>();
  /** Of the connection that is there now. */
  #checked: Promise<void> | null = null;
  #lastError: Error | null = null;
  /** It only grows; less than was seen means that what was acknowledged is gone. */
  #counter = 0;

  constructor(redis: RedisCommands, server: RedisServer) {
    this.#redis = redis;
    this.#server = server;
    // A command only says that there is no connection; this says why.
    redis.on('error', (error) => (this.#lastError = error));
    redis.on('ready', () => (this.#lastError = null));
    redis.on('close', () => (this.#checked = null));
  }

  async start(): Promise<void> {
    await this.#able(async () => {
      await this.#redis.connect();
      await this.#check();
    });
  }

  async claim(claims: readonly Claim[], leaseMs: number, nowMs: number): Promise<readonly ClaimAnswer[]> {
    const kept = claims.map(keptClaim);
    const scopes = [...new Map(kept.map((one) => [one.scope, one.windowMs]))];
    const places = new Map(scopes.map(([scope], i) => [scope, i + 1]));
    const answers = await this.#run(
      'claim',
      [
        nameKey,
        counterKey,
        ...scopes.map(([scope]) => windowKey(scope)),
        ...kept.flatMap((one) => [leaseKey(one), blockKey(one)]),
      ],
      [
        this.id,
        scopes.length,
        Math.ceil(leaseMs),
        ...scopes.map(([, windowMs]) => windowMs),
        ...kept.flatMap((one) => [places.get(one.scope)!, one.bit, one.owner, one.issuedAtMs]),
      ],
    );
    this.#checkAnswer(answers, nowMs);
    return answers.slice(2).map((answer): ClaimAnswer => {
      const number = Number(answer);
      if (number > 0) return { state: 'held', leaseLeftMs: number };
      return { state: number === 0 ? 'granted' : number === -1 ? 'done' : 'forgotten' };
    });
  }

  async renew(claims: readonly Claim[], leaseMs: number): Promise<readonly boolean[]> {
    const kept = claims.map(keptClaim);
    const answers = await this.#run(
      'renew',
      [nameKey, ...kept.map(leaseKey)],
      [this.id, Math.ceil(leaseMs), ...kept.map(({ owner }) => owner)],
    );
    return kept.map((_, i) => answers[i] === 1);
  }

  async done(claims: readonly Claim[], nowMs: number): Promise<readonly boolean[]> {
    const kept = claims.map(keptClaim);
    const answers = await this.#run(
      'done',
      [nameKey, counterKey, ...kept.flatMap((one) => [leaseKey(one), blockKey(one)])],
      [
        this.id,
        ...kept.flatMap(({ bit, owner, issuedAtMs, windowMs }) => [bit, owner, issuedAtMs + windowMs]),
      ],
    );
    this.#checkAnswer(answers, nowMs);
    return answers.slice(2).map((answer) => answer === 1);
  }

  async release(claims: readonly Claim[]): Promise<void> {
    const kept = claims.map(keptClaim);
    await this.#run(
      'release',
      kept.map(leaseKey),
      kept.map(({ owner }) => owner),
    );
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await Promise.resolve();
  }

  #run(
    script: keyof typeof redisScripts,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<readonly unknown[]> {
    return this.#able(async () => {
      await this.#check();
      return (await this.#evaluate(script, keys, args)) as readonly unknown[];
    });
  }

  async #evaluate(
    script: keyof typeof redisScripts,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const name = `sealwire_${script}`;
    const commands = this.#redis as unknown as Record<
      string,
      ((count: number, ...rest: readonly (string | number)[]) => Promise<unknown>) | undefined
    >;
    if (commands[name] === undefined) this.#redis.defineCommand(name, { lua: redisScripts[script] });
    return commands[name]!(keys.length, ...keys, ...args);
  }

  /** Once for each connection: another server may be behind it, or the same with other settings, or empty. */
  #check(): Promise<void> {
    this.#checked ??= this.#checkServer().catch((error: unknown) => {
      this.#checked = null;
      throw error;
    });
    return this.#checked;
  }

  async #checkServer(): Promise<void> {
    for (const warning of await checkRedis(this.#redis)) {
      if (this.#warned.has(warning)) continue;
      this.#warned.add(warning);
      this.#server.warn(warning);
    }
    const [id, counter] = (await this.#evaluate('name', [nameKey, counterKey], [storeId()])) as [
      string,
      string,
    ];
    if (this.id === '') this.id = id;
    if (id !== this.id || Number(counter) < this.#counter) throw forgot();
    this.#counter = Number(counter);
  }

  #checkAnswer(answers: readonly unknown[], nowMs: number): void {
    if (answers.length < 2) throw forgot();
    const [timeMs, counter] = [Number(answers[0]), Number(answers[1])];
    if (counter < this.#counter) throw forgot();
    this.#counter = counter;
    const allowedMs = Math.max(this.#server.skewMs, minSkewMs);
    if (Math.abs(timeMs - nowMs) > allowedMs)
      throw new InabilityError(
        'ERR_UNABLE_CLOCK',
        `The clocks of Redis and of this machine differ by ${Math.round(Math.abs(timeMs - nowMs) / 1000)} s, so claims would end too early: correct them, or allow more by freshness.skew.`,
        { redisMs: timeMs, nowMs },
      );
  }

  async #able<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof InabilityError || error instanceof UsageError) throw error;
      throw redisUnable(this.#lastError ?? error, this.#server.url);
    }
  }
}

/** Machines that set their clocks by NTP are nearer; a slow answer adds to it. */
const minSkewMs = 10_000;

/** `KnownStore` knows it by its fact. */
function forgot(): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_REPLAY',
    'Redis does not know what it has confirmed: it was restarted without its data, restored from a copy, or another server took its place. Nothing is accepted; restore its data, or accept the loss: sealwire replay accept-loss',
    { forgot: true },
  );
}
