// Keys turn, are revoked and destroyed under a running pair: on a real broker, with real files.
import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { keyId, nodePrimitives as primitives } from '@sealwire/crypto';
import { decodeOuter, decodeSession } from '@sealwire/envelope';
import { readPassphrase, readPrivateKeyFile } from '@sealwire/identity';
import type { KafkaMessage } from 'kafkajs';
import { origin } from 'sealwire';
import { laggingCopy } from '../rotation/lagging-copy.ts';
import { Realm, textOf, until } from './realm.ts';

const open: Realm[] = [];
afterEach(async () => {
  for (const realm of open.splice(0)) await realm.close();
});
async function realmWith(intervalMs: number, destroyAfterMs: number): Promise<Realm> {
  const realm = await Realm.open({ intervalMs, destroyAfterMs });
  open.push(realm);
  return realm;
}

const json = (text: string) => JSON.stringify({ text });

/** The ids of the keys that a record's data key is wrapped for. */
function wrapsOf({ value }: KafkaMessage) {
  return decodeSession(decodeOuter(value!).session);
}

/** Tries every private key that lies anywhere in the realm on a record's wraps. */
function opensWithAnyKey(realm: Realm, record: KafkaMessage): boolean {
  const session = wrapsOf(record);
  const files = readdirSync(join(realm.folder, 'keys'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.pem'))
    .map((entry) => join(entry.parentPath, entry.name));
  expect(files.length).toBeGreaterThan(3);
  return files.some((file) => {
    const agent = basename(dirname(file));
    const passphrase = readPassphrase({ file: join(realm.folder, 'secrets', `${agent}.passphrase`) });
    let scalar: Buffer;
    try {
      ({ scalar } = readPrivateKeyFile(file, passphrase));
    } catch (error) {
      // Destroyed since the folder was listed.
      if (!existsSync(file)) return false;
      throw error;
    }
    const key = primitives.sealingKey(scalar);
    return session.wraps.some(({ keyId: id, encapsulated, wrapped }) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(session.wrapContext.length);
      const info = Buffer.concat([Buffer.from('sealwire/v1/wrap', 'ascii'), id, length, session.wrapContext]);
      try {
        const opened = key.unwrap(encapsulated, wrapped, info);
        return opened !== null && keyId('sealing', 1, key.publicKey).equals(id);
      } catch {
        return false;
      }
    });
  });
}

describe('rotation under a running pair', () => {
  it('takes up new keys without restart, also where a directory lags, and refuses nothing', async () => {
    const realm = await realmWith(2_000, 30_000);
    const copy = join(realm.folder, 'copy.jsonl');
    const stop = laggingCopy(realm.directory, copy, 1_500);
    realm.closes(() => {
      stop();
      return Promise.resolve();
    });
    const self = realm.policy({ self: true });
    const sent: string[] = [];
    const got = { researcher: [] as string[], intern: [] as string[] };
    await realm.consume('researcher', self, (message) => got.researcher.push(textOf(message)));
    await realm.consume('intern', realm.policy({ directory: copy, maxLag: '5s' }), (message) =>
      got.intern.push(textOf(message)),
    );
    // The intern's keys are looked after by an operator.
    let operating = true;
    const operate = (async () => {
      while (operating) await realm.operator('keys', 'rotate', 'intern');
    })();
    const producer = await realm.producer('orchestrator', self);
    for (let i = 0; i < 80; i++) {
      const value = json(`message ${i}`);
      await producer.send({ topic: realm.topic, messages: [{ value }] });
      sent.push(value);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    operating = false;
    await operate;
    await until(() => got.researcher.length >= 80 && got.intern.length >= 80);
    expect(got.researcher).toEqual(sent);
    expect(got.intern).toEqual(sent);
    expect(await realm.raw(realm.quarantine)).toEqual([]);
    const keys = new Set(
      (await realm.raw(realm.topic)).map((record) => wrapsOf(record).wraps[0]!.keyId.toString('hex')),
    );
    expect(keys.size).toBeGreaterThanOrEqual(3);
  });

  it('lets a rewind open inside the horizon; past it nothing opens, whatever the key stores still hold', async () => {
    const realm = await realmWith(1_000, 4_000);
    const self = realm.policy({ self: true });
    // A running member of the group, which turns its keys. It has read everything.
    const read: string[] = [];
    await realm.consume('researcher', self, (message) => read.push(textOf(message)));
    await realm.sealwire('intern', realm.policy({ self: true }));
    const producer = await realm.producer('orchestrator', self);
    // Until the keys that init made, which live for months, are no longer the newest.
    const old = json('old');
    for (let isTurned = false; !isTurned;) {
      await producer.send({ topic: realm.topic, messages: [{ value: old }] });
      const records = await realm.raw(realm.topic);
      const [wrap] = wrapsOf(records.at(-1)!).wraps;
      const { keys } = (await realm.operator('keys', 'list', 'team')) as {
        keys: { keyId: string; destroyAt: string }[];
      };
      const listed = keys.find(({ keyId: id }) => id === wrap!.keyId.toString('hex'));
      isTurned = listed !== undefined && Date.parse(listed.destroyAt) < Date.now() + 10_000;
    }
    const record = (await realm.raw(realm.topic)).at(-1)!;
    expect(opensWithAnyKey(realm, record)).toBe(true);
    const rewound: KafkaMessage[] = [];
    const consumer = await realm.consume('researcher', self, (message) => rewound.push(message));
    await until(() => rewound.some(({ offset }) => offset === record.offset));
    expect(textOf(rewound.find(({ offset }) => offset === record.offset)!)).toBe(old);
    await consumer.disconnect();

    await until(() => !opensWithAnyKey(realm, record));
    // Neither by whoever has it all, nor by who reads on, nor by who starts again.
    const again: string[] = [];
    await realm.consume('researcher', self, (message) => again.push(message.offset));
    await until(async () =>
      (await realm.raw(realm.quarantine)).some(
        ({ headers }) =>
          JSON.stringify(headers, (_, value: unknown) => value).includes('ERR_KEY_NOT_FOR_ME') ||
          Object.values(headers ?? {}).some((header) => String(header).includes('ERR_KEY_NOT_FOR_ME')),
      ),
    );
    expect(again).not.toContain(record.offset);
  });

  it('refuses what a revoked key signed from then on, within seconds, and marks what it signed before', async () => {
    const realm = await realmWith(3_600_000, 3_600_000);
    const live = realm.policy();
    const got: { text: string; revoked: boolean }[] = [];
    const note = (message: KafkaMessage): void =>
      void got.push({ text: textOf(message), revoked: origin(message)!.keyRevoked });
    await realm.consume('researcher', live, note);
    const thief = await realm.producer(
      'orchestrator',
      realm.policy({ directory: realm.frozenDirectory(), state: 'thief' }),
    );
    await thief.send({ topic: realm.topic, messages: [{ value: json('before') }] });
    await until(() => got.length === 1);
    expect(got[0]).toEqual({ text: json('before'), revoked: false });
    await realm.operator('keys', 'revoke', 'orchestrator', '--reason', 'stolen');
    const publishedAt = performance.now();
    // The same session, data key and producer: whatever was cached counts for nothing.
    let refused = 0;
    for (let i = 0; refused === 0; i++) {
      await thief.send({ topic: realm.topic, messages: [{ value: json(`after ${i}`) }] });
      refused = (await realm.raw(realm.quarantine)).length;
    }
    expect(performance.now() - publishedAt).toBeLessThan(60_000);
    const delivered = got.length;
    await thief.send({ topic: realm.topic, messages: [{ value: json('last') }] });
    await until(async () => (await realm.raw(realm.quarantine)).length > refused);
    expect(got).toHaveLength(delivered);
    // Read again: what was appended before still counts, and is told apart.
    const again: typeof got = [];
    await realm.consume(
      'intern',
      live,
      (message) => void again.push({ text: textOf(message), revoked: origin(message)!.keyRevoked }),
    );
    await until(() => again.length > 0);
    expect(again[0]).toEqual({ text: json('before'), revoked: true });
    // Its own process sends nothing any more.
    await expect(realm.sealwire('orchestrator', live)).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' });
  });
});
