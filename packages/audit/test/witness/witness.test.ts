// Tells others, and hears of them, over a board that anybody may write to.
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { NoticeBoard } from '@sealwire/core';
import { sign } from 'node:crypto';
import { parseNotice } from '../../src/witness/notice.js';
import { isTrusted } from '../../src/witness/notice-trust.js';
import { Witness } from '../../src/witness/witness.js';
import { madeAgent, type MadeAgent } from '../verify/made-trail.ts';
import { directoryOf, madeNotice } from './made-notice.ts';

const [alice, bob, eve] = [madeAgent('alice'), madeAgent('bob'), madeAgent('eve')];
const directory = directoryOf([alice, bob]);
const clock = { nowMs: () => Date.now() };
const nameOf = (agent: string) => agent;
const chain = (letter: string) => letter.repeat(32);
const at = (letter: string, sequence: number) => ({
  chain: chain(letter),
  sequence,
  leafHash: 'cd'.repeat(32),
  timeMs: Date.now(),
});

class Board implements NoticeBoard {
  readonly put = jest.fn((_: string, notice: Buffer): Promise<void> => {
    if (this.refuses) return Promise.reject(new Error('away'));
    this.notices.push(notice);
    return Promise.resolve();
  });
  readonly notices: Buffer[] = [];
  refuses = false;
  give: (notices: readonly Buffer[]) => Promise<void> = () => Promise.resolve();
  follow(take: Board['give']): void {
    this.give = take;
  }
}

const signerOf = ({ keyId, publicKey, privateKey }: MadeAgent) => ({
  current: () => ({
    keyId: Buffer.from(keyId, 'hex'),
    publicKey,
    sign: (text: Buffer) => Promise.resolve(sign('sha256', text, privateKey)),
  }),
});

const witnesses: Witness[] = [];
function opened(boards: readonly Board[], signer: { current(): unknown } = signerOf(alice)): Witness {
  const parts = {
    place: 'kafka',
    agent: 'alice',
    signer: signer as never,
    directory,
    nameOf,
    clock,
    firstRetryMs: 1,
  };
  const witness = new Witness(parts);
  for (const board of boards) witness.add(board);
  witnesses.push(witness);
  return witness;
}
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};
const none = new Set<string>();

afterEach(async () => {
  jest.restoreAllMocks();
  for (const witness of witnesses.splice(0)) await witness.close(100);
});

describe('A-19: what a process tells', () => {
  test('is believed by others', async () => {
    const board = new Board();
    opened([board]).tell(at('a', 7));
    await until(() => board.notices.length === 1);
    const notice = parseNotice(board.notices[0]!)!;
    expect(notice).toMatchObject({
      chain: chain('a'),
      sequence: 7,
      leafHash: 'cd'.repeat(32),
      agent: 'alice',
    });
    expect(isTrusted(notice, { place: 'kafka', directory, nameOf }, Date.now())).toBe(true);
    expect(board.put.mock.calls[0]![0]).toBe(chain('a'));
  });

  test('is tried again, the newest only, over each way there is, and warned of once', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const [first, second] = [new Board(), new Board()];
    first.refuses = second.refuses = true;
    const witness = opened([first, second]);
    for (let sequence = 1; sequence <= 5; sequence++) witness.tell(at('a', sequence));
    await until(() => second.put.mock.calls.length > 1);
    second.refuses = false;
    await until(() => second.notices.length === 1);
    expect(parseNotice(second.notices[0]!)).toMatchObject({ sequence: 5 });
    expect(first.notices).toEqual([]);
    expect(warned).toHaveBeenCalledTimes(1);
    expect(warned.mock.calls[0]![0]).toContain('away');
  });

  test('waits for a place to be told at, and for a key to sign with', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    let key: unknown = null;
    const witness = opened([], { current: () => key });
    witness.tell(at('a', 1));
    const board = new Board();
    witness.add(board);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(board.put).not.toHaveBeenCalled();
    key = signerOf(alice).current();
    await until(() => board.notices.length === 1);
  });

  test('is tried once more at the end, which a place that does not answer does not hold up', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const board = new Board();
    board.refuses = true;
    const witness = new Witness({
      place: 'kafka',
      agent: 'alice',
      signer: signerOf(alice),
      directory,
      nameOf,
      clock,
    });
    witness.add(board);
    witness.tell(at('a', 1));
    await until(() => board.put.mock.calls.length === 1);
    board.refuses = false;
    await witness.close(1_000);
    expect(board.notices).toHaveLength(1);
    const silent = new Board();
    silent.put.mockImplementation(() => new Promise(() => undefined));
    const other = opened([silent]);
    other.tell(at('b', 1));
    const begin = performance.now();
    await other.close(50);
    expect(performance.now() - begin).toBeLessThan(60_000);
  });
});

describe('A-20: what a process hears', () => {
  test('is named where it is believed, and nothing else is', async () => {
    const board = new Board();
    const witness = opened([board]);
    await board.give([
      Buffer.from('junk'),
      madeNotice(eve, at('e', 9)),
      madeNotice(bob, at('b', 3)),
      madeNotice(bob, at('b', 2)),
      madeNotice(eve, at('b', 99), 'bob'),
    ]);
    const { sequence, leafHash } = at('b', 3);
    expect(witness.choose(16, none)).toEqual([{ chain: chain('b'), sequence, leafHash }]);
    expect(witness.choose(16, new Set([chain('b')]))).toEqual([]);
  });

  test('of its own chains is not named', async () => {
    const board = new Board();
    const witness = opened([board]);
    witness.tell(at('a', 1));
    await until(() => board.notices.length === 1);
    await board.give([...board.notices, madeNotice(bob, at('a', 5))]);
    expect(witness.choose(16, none)).toEqual([]);
  });

  describe.each([
    ['of other chains', (_: string, i: number) => i.toString(16).padStart(32, 'f')],
    ['of the same chains', (named: string) => named],
  ])('is not pushed out by as many forged notices', (which, chainOf) => {
    test(`${which} that say to be newer`, async () => {
      const board = new Board();
      const witness = opened([board]);
      const honest = Array.from({ length: 40 }, (_, i) => i.toString(16).padStart(32, '0'));
      const forged = madeNotice(eve, { ...at('e', 2 ** 53 - 1) }, 'bob')
        .toString()
        .replace(eve.keyId, bob.keyId);
      // Twice as many as are verified at once.
      const flood = Array.from({ length: 3_000 }, (_, i) =>
        Buffer.from(forged.replace(chain('e'), chainOf(honest[i % 40]!, i))),
      );
      const told = honest.map((named) => madeNotice(bob, { ...at('b', 3), chain: named }));
      await board.give([...flood.slice(1_500), ...told, ...flood.slice(0, 1_500)]);
      const named = witness.choose(16, none);
      expect(named.length).toBeGreaterThan(2);
      expect(named.every(({ sequence }) => sequence === 3)).toBe(true);
    });
  });

  test('is verified however much there is to be parsed', async () => {
    const board = new Board();
    const witness = opened([board]);
    const begin = performance.now();
    await board.give([
      ...Array.from({ length: 50_000 }, () => Buffer.from('junk')),
      madeNotice(bob, at('b', 3)),
    ]);
    expect(witness.choose(16, none)).toMatchObject([{ chain: chain('b') }]);
    // Nothing more is read for a while.
    expect(performance.now() - begin).toBeGreaterThan(900);
  });

  test('of a chain that became its own is not named, and costs no signature from then on', async () => {
    const board = new Board();
    const witness = opened([board]);
    await board.give([madeNotice(bob, at('a', 5))]);
    expect(witness.choose(16, none)).toHaveLength(1);
    witness.tell(at('a', 6));
    expect(witness.choose(16, none)).toEqual([]);
    await until(() => board.notices.length === 1);
    const asked = jest.spyOn(directory, 'signingKey');
    await board.give([madeNotice(bob, at('a', 7))]);
    expect(asked).not.toHaveBeenCalled();
  });

  test('costs one signature of a chain whose notices come together', async () => {
    const board = new Board();
    const asked = jest.spyOn(directory, 'signingKey');
    const witness = opened([board]);
    await board.give(Array.from({ length: 180 }, (_, i) => madeNotice(bob, at('b', i))));
    expect(witness.choose(16, none)).toMatchObject([{ sequence: 179 }]);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test('costs a bounded amount whatever is written, and what is good is heard when that is over', async () => {
    const board = new Board();
    const witness = opened([board]);
    // Each has the form, and another chain: without bounds each would cost a signature.
    const forged = madeNotice(eve, at('e', 1), 'bob').toString().replace(eve.keyId, bob.keyId);
    const flood = Array.from({ length: 50_000 }, (_, i) =>
      Buffer.from(forged.replace(chain('e'), i.toString(16).padStart(32, '0'))),
    );
    const asked = jest.spyOn(directory, 'signingKey');
    const begin = performance.now();
    await board.give(flood);
    await board.give(flood);
    const tookMs = performance.now() - begin;
    // Reading is slowed down.
    expect(tookMs).toBeGreaterThan(900);
    // 1,500 at once and 50 a second: what the budget of signatures allows.
    expect(asked.mock.calls.length).toBeLessThanOrEqual(1_500 + Math.ceil(tookMs / 20));
    expect(witness.choose(16, none)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await board.give([madeNotice(bob, at('b', 3))]);
    expect(witness.choose(16, none)).toMatchObject([{ chain: chain('b') }]);
  });
});
