// What a receiver makes of a directory that changes under it: unknown keys, revocations, expiry.
import { describe, expect, it } from '@jest/globals';
import {
  InabilityError,
  isRejected,
  type LiveDirectory,
  type PublicKey,
  type Received,
  type Verified,
} from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';
import { build } from '../../envelope/test/reference.js';
import { nowMs, route, world } from '../../envelope/test/world.js';
import { assemble } from '../src/index.js';
import { noSink, recordingTrails } from './recording-trails.js';

const w = world();

class TestDirectory implements LiveDirectory {
  readonly realm = w.directory.realm;
  version = 1;
  lagMs = 0;
  readAtMs = nowMs - 1;
  readonly problem = null;
  refreshes = 0;
  key: PublicKey | null = w.aliceKey;
  recipientKey: PublicKey | null = w.directory.sealingKey('team', nowMs);
  expired: string | boolean = false;
  onRefresh: () => void = () => undefined;

  signingKey(): PublicKey | null {
    return this.key;
  }
  sealingKey(name: string, atMs: number): PublicKey | null {
    return w.directory.sealingKey(name, atMs);
  }
  sealingKeyById(id: string, owners: readonly string[]): PublicKey | null {
    const key = this.recipientKey;
    return key?.keyId.toString('latin1') === id && owners.includes(key.owner) ? key : null;
  }
  isMember(): boolean {
    return true;
  }
  has(): boolean {
    return true;
  }
  refresh(): Promise<void> {
    this.refreshes++;
    return Promise.resolve().then(() => this.onRefresh());
  }
  requireUsable(name: string): void {
    if (this.expired === true || this.expired === name)
      throw new InabilityError('ERR_UNABLE_DIRECTORY', 'expired');
  }
  onChange(): () => void {
    return () => undefined;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

function open(directory: TestDirectory, atMs = nowMs) {
  const trails = recordingTrails();
  const { lines } = trails;
  const sealwire = assemble(
    {
      agent: 'alice',
      clock: { nowMs: () => atMs },
      primitives: nodePrimitives,
      suite: 1,
      directory,
      keyStore: w.team,
      routes: {
        outbound: () => route,
        channelOf: () => 'tasks',
        inbound: () => route,
        senderAllowed: () => true,
        sessionTopicOf: () => null,
      },
      epochMs: 86_400_000,
      skewMs: 30_000,
      maxMessageBytes: 1_048_576,
    },
    {
      connection: () => {
        throw new Error('no connections here');
      },
      quarantine: {
        kafka: { onReject: 'quarantine', name: 'q' },
        rabbitmq: { onReject: 'quarantine', name: 'q' },
      },
      auditTarget: { kafka: 'a', rabbitmq: 'a' },
      trails,
    },
  );
  const inlet = sealwire.inlet('kafka', noSink);
  return { sealwire, inlet, lines };
}

function record(change: Partial<Received> = {}): Received {
  const { record: value, key } = build();
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '9' },
    value,
    key,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: nowMs,
    ...change,
  };
}

async function outcome(directory: TestDirectory, change: Partial<Received> = {}): Promise<string> {
  try {
    const [result] = await open(directory).inlet.open([record(change)], null);
    return isRejected(result!) ? result.code : 'verified';
  } catch (error) {
    if (error instanceof InabilityError) return error.code;
    throw error;
  }
}

describe('an unknown key', () => {
  it('[D-31] is looked for in the source once, and the message goes on where it is there', async () => {
    const directory = new TestDirectory();
    directory.key = null;
    directory.onRefresh = () => {
      directory.readAtMs = nowMs;
      directory.key = w.aliceKey;
    };
    expect(await outcome(directory)).toBe('verified');
  });

  it('[D-31] is no verdict while the source was not read after receipt, and one as soon as it was', async () => {
    const directory = new TestDirectory();
    directory.key = null;
    expect(await outcome(directory)).toBe('ERR_UNABLE_DIRECTORY');
    expect(directory.refreshes).toBeGreaterThan(0);
    directory.readAtMs = nowMs;
    expect(await outcome(directory)).toBe('ERR_KEY_UNKNOWN');
    // The broker's time of appending changes nothing where a read is conclusive.
    expect(await outcome(directory, { appendedAtMs: nowMs + 50_000 })).toBe('ERR_KEY_UNKNOWN');
  });

  it('[D-31] where a source lags, waits from the time of appending, and never from later than receipt', async () => {
    const directory = new TestDirectory();
    Object.assign(directory, { key: null, lagMs: 100, readAtMs: nowMs });
    const appendedAtMs = nowMs - 100;
    expect(await outcome(directory, { appendedAtMs })).toBe('ERR_KEY_UNKNOWN');
    expect(await outcome(directory, { appendedAtMs: nowMs - 99 })).toBe('ERR_UNABLE_DIRECTORY');
    expect(await outcome(directory)).toBe('ERR_UNABLE_DIRECTORY');
    directory.readAtMs = nowMs + 100;
    expect(await outcome(directory)).toBe('ERR_KEY_UNKNOWN');
    expect(await outcome(directory, { appendedAtMs: nowMs + 50_000 })).toBe('ERR_KEY_UNKNOWN');
  });

  it('[D-23] is no verdict where the part of the directory that would have it has expired', async () => {
    const directory = new TestDirectory();
    Object.assign(directory, { key: null, readAtMs: nowMs, expired: true });
    expect(await outcome(directory)).toBe('ERR_UNABLE_DIRECTORY');
  });
});

describe('a recipient key', () => {
  it('[D-31] that is held and not listed is no verdict before the source was read after receipt', async () => {
    const directory = new TestDirectory();
    const listed = directory.recipientKey;
    directory.recipientKey = null;
    expect(await outcome(directory)).toBe('ERR_UNABLE_DIRECTORY');
    directory.readAtMs = nowMs;
    expect(await outcome(directory)).toBe('ERR_KEY_STATUS');
    directory.recipientKey = listed;
    expect(await outcome(directory)).toBe('verified');
  });

  it('[D-31] that becomes listed by the read that a message asks for opens it', async () => {
    const directory = new TestDirectory();
    const listed = directory.recipientKey;
    directory.recipientKey = null;
    directory.onRefresh = () => Object.assign(directory, { readAtMs: nowMs, recipientKey: listed });
    expect(await outcome(directory)).toBe('verified');
  });

  it('[D-31] is no verdict while what the directory says of its owner cannot be used', async () => {
    const directory = new TestDirectory();
    directory.readAtMs = nowMs;
    directory.recipientKey = null;
    directory.expired = 'team';
    expect(await outcome(directory)).toBe('ERR_UNABLE_DIRECTORY');
    directory.expired = 'somebody else';
    expect(await outcome(directory)).toBe('ERR_KEY_STATUS');
  });

  it('[D-35] that is listed, but for no name of the audience, opens nothing', async () => {
    const directory = new TestDirectory();
    directory.readAtMs = nowMs;
    directory.recipientKey = { ...directory.recipientKey!, owner: 'lab/x' };
    expect(await outcome(directory)).toBe('ERR_KEY_STATUS');
  });

  it('that had expired when the message was issued is refused by the whole journey', async () => {
    const directory = new TestDirectory();
    const { inlet } = open(directory);
    directory.recipientKey = { ...directory.recipientKey!, notAfterMs: nowMs - 30_000 };
    const [refused] = await inlet.open([record()], null);
    expect(refused).toMatchObject({ verified: false, code: 'ERR_KEY_STATUS' });
  });
});

describe('a revocation', () => {
  it('[D-30] takes effect at the next message, whatever is kept of earlier ones', async () => {
    const directory = new TestDirectory();
    const { inlet } = open(directory);
    const [before] = await inlet.open([record()], null);
    expect(before?.verified).toBe(true);
    directory.key = { ...w.aliceKey, distrustFromMs: nowMs };
    const [after] = await inlet.open([record()], null);
    expect(after).toMatchObject({ verified: false, code: 'ERR_KEY_STATUS' });
  });

  it('[D-30] refuses what was appended at or after it, and marks what was appended before', async () => {
    const directory = new TestDirectory();
    directory.key = { ...w.aliceKey, distrustFromMs: nowMs };
    const { inlet, lines, sealwire } = open(directory);
    const [at, before] = await inlet.open(
      [
        record({ appendedAtMs: nowMs }),
        record({
          appendedAtMs: nowMs - 1,
          source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '8' },
        }),
      ],
      null,
    );
    expect(at).toMatchObject({ verified: false, code: 'ERR_KEY_STATUS' });
    expect((before as Verified).keyRevoked).toBe(true);
    const concluded = inlet.conclude([before!]);
    await sealwire.close();
    await concluded;
    expect(lines.join()).toContain('"key_revoked":"later"');
  });

  it('leaves messages of keys that are not revoked unmarked', async () => {
    const [result] = await open(new TestDirectory()).inlet.open([record()], null);
    expect((result as Verified).keyRevoked).toBe(false);
  });
});
