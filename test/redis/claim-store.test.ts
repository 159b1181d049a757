// The claim store of several processes, against a real Redis.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { OpenedStore } from '@sealwire/replay';
import type { RedisServer } from '@sealwire/testing';
import { claim, hourMs } from '../../packages/replay/test/claims.ts';
import { storeContract } from '../../packages/replay/test/store-contract.ts';
import { redisDescribe, redisOfItsOwn, storeOf, type StoreOptions } from './stage.ts';

redisDescribe('Redis', () => {
  let server: RedisServer;
  let opened: OpenedStore[] = [];
  beforeAll(async () => {
    server = await redisOfItsOwn();
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    for (const store of opened) await store.close();
    opened = [];
  });

  async function open(options?: StoreOptions, of = server): Promise<OpenedStore> {
    const store = await storeOf(of, options);
    opened.push(store);
    return store;
  }

  let scopes = 0;

  storeContract('the shared store', Date.now(), async () => {
    const scope = `contract ${++scopes}`;
    const apart = (store: OpenedStore): OpenedStore => {
      const own = (claims: Parameters<OpenedStore['claim']>[0]) =>
        claims.map((one) => ({ ...one, scope: `${scope} ${one.scope}` }));
      return {
        id: store.id,
        claim: (claims, leaseMs, nowMs) => store.claim(own(claims), leaseMs, nowMs),
        renew: (claims, leaseMs) => store.renew(own(claims), leaseMs),
        done: (claims, nowMs) => store.done(own(claims), nowMs),
        release: (claims) => store.release(own(claims)),
        close: () => store.close(),
      };
    };
    const store = apart(await open());
    return {
      store,
      async again() {
        // Leases outlive the process that had them, and so does the server’s memory its own end.
        await server.stopServer({ kill: true });
        await server.startServer();
        return apart(await open());
      },
      end: () => Promise.resolve(),
    };
  });

  /** Now, in a scope of its own: Redis has its own clock. */
  const fresh = (sequence: number, more: Parameters<typeof claim>[1] = {}) =>
    claim(sequence, { issuedAtMs: Date.now(), ...more });

  test('two processes see each other’s claims', async () => {
    const [one, two] = [await open(), await open()];
    const mine = fresh(1, { scope: 'two' });
    expect(await one.claim([mine], 60_000, Date.now())).toEqual([{ state: 'granted' }]);
    expect(await two.claim([fresh(1, { scope: 'two' })], 60_000, Date.now())).toEqual([
      { state: 'held', leaseLeftMs: expect.any(Number) },
    ]);
    await one.done([mine], Date.now());
    expect(await two.claim([fresh(1, { scope: 'two' })], 60_000, Date.now())).toEqual([{ state: 'done' }]);
  });

  test('a password that is wrong, a certificate that another CA signed, a server that is away: inability, with words', async () => {
    await expect(open({ password: 'guessed' })).rejects.toMatchObject({
      code: 'ERR_UNABLE_REPLAY',
      message: expect.stringContaining('refuses this login') as unknown,
    });
    await expect(open({ ca: null })).rejects.toMatchObject({
      code: 'ERR_UNABLE_REPLAY',
      message: expect.stringMatching(/certificate/) as unknown,
    });
    await expect(open({ url: 'rediss://localhost:1' })).rejects.toMatchObject({ code: 'ERR_UNABLE_REPLAY' });
  });

  test('a Redis that may evict keys is not used, and one that keeps no log is used with a warning', async () => {
    const evicting = await redisOfItsOwn(['maxmemory-policy allkeys-lru', 'appendonly no']);
    try {
      await expect(open({}, evicting)).rejects.toMatchObject({
        code: 'ERR_UNABLE_REPLAY',
        message: expect.stringContaining('noeviction') as unknown,
      });
    } finally {
      await evicting.stop();
    }
    const warnings: string[] = [];
    await open({ warnings });
    expect(warnings).toEqual([]);
    const memoryOnly = await redisOfItsOwn(['appendonly no']);
    try {
      await open({ warnings }, memoryOnly);
      expect(warnings).toEqual([expect.stringContaining('appendonly')]);
    } finally {
      await memoryOnly.stop();
    }
  });

  test('a Redis that restarts with its data goes on; one that restarts empty accepts nothing', async () => {
    const own = await redisOfItsOwn();
    try {
      const store = await open({}, own);
      const first = fresh(1);
      await store.claim([first], 60_000, Date.now());
      await store.done([first], Date.now());
      await own.stopServer({ kill: true });
      await expect(store.claim([fresh(1)], 60_000, Date.now())).rejects.toMatchObject({
        code: 'ERR_UNABLE_REPLAY',
      });
      await own.startServer();
      const answer = await eventually(() => store.claim([fresh(1)], 60_000, Date.now()));
      expect(answer).toEqual([{ state: 'done' }]);

      await own.stopServer({ kill: true });
      await own.forget();
      await own.startServer();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await expect(store.claim([fresh(1)], 60_000, Date.now())).rejects.toMatchObject({
        code: 'ERR_UNABLE_REPLAY',
        message: expect.stringContaining('accept-loss') as unknown,
      });
    } finally {
      await own.stop();
    }
  });

  test('full means that nothing is accepted, and nothing is forgotten', async () => {
    const own = await redisOfItsOwn(['maxmemory 3mb']);
    try {
      const store = await open({}, own);
      let stream = 0;
      const fill = async (): Promise<void> => {
        for (; ; stream += 500) {
          const some = Array.from({ length: 500 }, (_, i) => fresh(1023, { stream: stream + i }));
          await store.claim(some, 60_000, Date.now());
          await store.done(some, Date.now());
        }
      };
      await expect(fill()).rejects.toMatchObject({
        code: 'ERR_UNABLE_REPLAY',
        message: expect.stringContaining('full') as unknown,
      });
      expect(stream).toBeGreaterThan(500);
    } finally {
      await own.stop();
    }
  });

  test('clocks that differ by more than what is allowed are inability', async () => {
    const store = await open();
    await expect(store.claim([fresh(1)], 60_000, Date.now() + 2 * 60_000)).rejects.toMatchObject({
      code: 'ERR_UNABLE_CLOCK',
    });
  });

  test('what expired under a shorter window is refused when the window grows', async () => {
    const store = await open();
    const old = { scope: 'grows', issuedAtMs: Date.now() - 2 * hourMs };
    await store.claim([fresh(1, { scope: 'grows', windowMs: hourMs })], 60_000, Date.now());
    const answers = await store.claim(
      [fresh(7, { ...old, windowMs: 24 * hourMs }), fresh(8, { scope: 'grows', windowMs: 24 * hourMs })],
      60_000,
      Date.now(),
    );
    expect(answers).toEqual([{ state: 'forgotten' }, { state: 'granted' }]);
  });

  test('a batch of 256 is one round trip', async () => {
    const store = await open();
    const batch = Array.from({ length: 256 }, (_, i) => fresh(i, { scope: 'trips' }));
    await store.claim(batch.slice(0, 1), 60_000, Date.now());
    await store.done(batch.slice(0, 1), Date.now());
    const before = await commands();
    await store.claim(batch, 60_000, Date.now());
    await store.renew(batch, 60_000);
    await store.done(batch, Date.now());
    await store.release(batch);
    // One of them is the counting itself.
    expect((await commands()) - before).toBe(4 + 1);
  });

  /** How many commands clients have sent to the server so far, scripts’ own not counted. */
  async function commands(): Promise<number> {
    const { Redis } = (await import('ioredis')) as unknown as {
      Redis: new (options: object) => {
        info(section: string): Promise<string>;
        disconnect(): void;
      };
    };
    counting ??= new Redis({
      host: 'localhost',
      port: Number(new URL(server.url).port),
      password: server.password,
      tls: { ca: readFileSync(server.caFile), servername: 'localhost' },
      enableReadyCheck: false,
    });
    const stats = await counting.info('commandstats');
    const calls = [...stats.matchAll(/cmdstat_(evalsha|eval|info)(?:\|\w+)?:calls=(\d+)/g)];
    return calls.reduce((sum, [, , count]) => sum + Number(count), 0);
  }
  let counting: { info(section: string): Promise<string>; disconnect(): void } | null = null;
  afterAll(() => counting?.disconnect());

  async function eventually<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await ask();
      } catch (error) {
        if (attempt > 3_000) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
});
