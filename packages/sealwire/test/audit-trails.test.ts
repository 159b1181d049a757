// Which chains a process’s checkpoints name: those whose events stand where its own do.
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { parseNote, type SeenChain } from '@sealwire/audit';
import {
  agentEvent,
  type AuditBatch,
  type AuditEvent,
  type AuditSink,
  type NoticeBoard,
} from '@sealwire/core';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditTrails, type AuditTrailsParts } from '../src/audit-trails.js';

/** Everybody’s topic of notices. */
class Board implements NoticeBoard {
  readonly notices: Buffer[] = [];
  readonly #takers: ((notices: readonly Buffer[]) => Promise<void>)[] = [];
  async put(_: string, notice: Buffer): Promise<void> {
    this.notices.push(notice);
    for (const take of this.#takers) await take([notice]);
  }
  follow(take: (notices: readonly Buffer[]) => Promise<void>): void {
    this.#takers.push(take);
  }
}

class Sink implements AuditSink {
  readonly lines: Buffer[] = [];
  readonly notices?: NoticeBoard;
  constructor(board: Board | null = null) {
    if (board !== null) this.notices = board;
  }
  write({ lines }: AuditBatch): Promise<void> {
    this.lines.push(...lines);
    return Promise.resolve();
  }
  /** Of its checkpoints: whose chain each is, and what it names. */
  get named(): { chain: string; seen: readonly SeenChain[] }[] {
    return this.lines.flatMap((line) => {
      const { checkpoint } = (JSON.parse(String(line)) as { unmapped: { checkpoint?: string } }).unmapped;
      return checkpoint === undefined ? [] : [parseNote(checkpoint)!];
    });
  }
}

const keys = new Map(
  ['alice', 'bob'].map((owner, i) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
    return [owner, { owner, privateKey, keyId: Buffer.alloc(16, i + 1), publicKey: point }];
  }),
);
const directory: AuditTrailsParts['directory'] = {
  signingKey: (keyId) => {
    const key = [...keys.values()].find((one) => one.keyId.toString('latin1') === keyId);
    return key === undefined ? null : { ...key, notBeforeMs: 0, notAfterMs: 4e12, distrustFromMs: null };
  },
};

const opened: AuditTrails[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const trails of opened.splice(0)) await trails.close();
});

async function open(
  agent: 'alice' | 'bob',
  sinks: readonly ('own' | 'kafka')[],
  disguise: AuditTrailsParts['disguise'] = null,
): Promise<AuditTrails> {
  const { keyId, privateKey } = keys.get(agent)!;
  const trails = await AuditTrails.open({
    agent,
    settings: {
      sinks,
      file: null,
      failurePolicy: 'spool',
      dropUntilMs: null,
      spool: { folder: mkdtempSync(join(tmpdir(), 'sealwire-trails-')), maxBytes: 1 << 24 },
      checkpoint: { everyMs: 60_000, events: 1, topic: 'notices', exchange: null },
      pseudonymKeyFile: null,
      createTopic: null,
    },
    directory,
    keyStore: {
      signer: {
        keyId,
        sign: (text: Buffer) => sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
      },
    },
    clock: { nowMs: () => Date.now() },
    observers: [],
    disguise,
  });
  opened.push(trails);
  return trails;
}

const event = agentEvent('alice', {
  kind: 'connection.opened',
  timestampMs: 1_700_000_000_000,
  outcome: 'acknowledged',
  facts: {},
});
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};
const names = (sink: Sink, by: string, chain: string): boolean =>
  sink.named.some((note) => note.chain === by && note.seen.some((seen) => seen.chain === chain));
const chainOf = ({ lines }: Sink): string =>
  (JSON.parse(String(lines[0])) as { unmapped: { chain: string } }).unmapped.chain;

describe('A-15: checkpoints name', () => {
  test.each([
    ['', null],
    [
      ', by pseudonyms too',
      {
        event: (one: AuditEvent) => one,
        name: (agent: string) => `p-${createHash('md5').update(agent).digest('hex')}`,
      },
    ],
  ])('the chains of other processes on the same topic%s, as they stand there', async (_, disguise) => {
    const board = new Board();
    const [first, second] = [new Sink(board), new Sink(board)];
    const [alice, bob] = [await open('alice', ['own'], disguise), await open('bob', ['own'], disguise)];
    const [ones, others] = [alice.of('kafka', first), bob.of('kafka', second)];
    await ones.record([event]);
    await others.record([event]);
    await until(() => board.notices.length >= 2);
    await others.record([event]);
    await until(() => names(second, chainOf(second), chainOf(first)));
    const { seen } = second.named.find((note) => note.seen.length > 0)!;
    const line = first.lines[seen[0]!.sequence]!;
    expect(seen[0]!.leafHash).toBe(createHash('sha256').update('\0').update(line).digest('hex'));
  });

  test('no chain of another broker, of which somebody has copied the notices', async () => {
    const [here, there] = [new Board(), new Board()];
    const [first, second, third] = [new Sink(there), new Sink(here), new Sink(here)];
    const [alice, bob] = [await open('alice', ['own']), await open('bob', ['own'])];
    await alice.of('kafka', first).record([event]);
    const others = bob.of('rabbitmq', second);
    await until(() => there.notices.length > 0);
    await here.put('copied', there.notices[0]!);
    await alice.of('rabbitmq', third).record([event]);
    await until(() => third.lines.length > 0);
    await until(() => here.notices.some((notice) => notice.includes(chainOf(third))));
    await others.record([event]);
    await until(() => names(second, chainOf(second), chainOf(third)));
    expect(names(second, chainOf(second), chainOf(first))).toBe(false);
  });

  test('the last checkpoint of a process that has ended', async () => {
    const board = new Board();
    const [first, second] = [new Sink(board), new Sink(board)];
    const [alice, bob] = [await open('alice', ['own']), await open('bob', ['own'])];
    alice.of('kafka', first);
    const others = bob.of('kafka', second);
    await until(() => first.lines.length > 0);
    await alice.close();
    const { sequence } = (JSON.parse(String(first.lines.at(-1))) as { unmapped: { sequence: number } })
      .unmapped;
    await others.record([event]);
    await until(() => second.named.some(({ seen }) => seen.some((each) => each.sequence === sequence)));
  });

  test('other trails of the process where all that they go to has those too, and not otherwise', async () => {
    const shared = new Sink();
    const together = await open('alice', ['kafka']);
    const [kafka, rabbitmq] = [together.of('kafka', shared), together.of('rabbitmq', new Sink())];
    await kafka.record([event]);
    await until(() => shared.named.length > 0);
    await rabbitmq.record([event]);
    await until(() => new Set(shared.named.map(({ chain }) => chain)).size === 2);
    for (let i = 0; i < 3; i++) for (const trail of [kafka, rabbitmq]) await trail.record([event]);
    await until(() => shared.named.some(({ seen }) => seen.length === 1));
    // A verifier of the topic would miss what lies on the exchange.
    const [onKafka, onRabbitmq] = [new Sink(), new Sink()];
    const apart = await open('bob', ['own']);
    const trails = [apart.of('kafka', onKafka), apart.of('rabbitmq', onRabbitmq)];
    for (let i = 1; i <= 3; i++) {
      for (const trail of trails) await trail.record([event]);
      await until(() => onKafka.named.length >= i && onRabbitmq.named.length >= i);
    }
    expect([...onKafka.named, ...onRabbitmq.named].flatMap(({ seen }) => seen)).toEqual([]);
  });
});

test('A-19: what cannot be told of holds up no event, and is warned of', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const board = new Board();
  board.put = () => Promise.reject(new Error('away'));
  const sink = new Sink(board);
  const trails = await open('alice', ['own']);
  const trail = trails.of('kafka', sink);
  for (let i = 0; i < 20; i++) await trail.report([event]);
  await until(() => warned.mock.calls.length > 0);
  expect(sink.lines.length).toBeGreaterThanOrEqual(20);
  expect(String(warned.mock.calls[0]![0])).toContain('away');
  const begin = performance.now();
  await trails.close();
  expect(performance.now() - begin).toBeLessThan(60_000);
});
