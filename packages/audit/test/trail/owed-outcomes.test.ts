// Outcomes that the disk refuses: they are not lost with the call that brought them.
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { InabilityError } from '@sealwire/core';
import { Spool } from '../../src/spool/spool.js';
import { inClear, killed, newFolder, open, sealed, TestSink, until } from './world.js';

afterEach(() => void jest.restoreAllMocks());

/** A disk that takes nothing more. @returns makes room */
function fullDisk(): () => void {
  const spy = jest.spyOn(Spool.prototype, 'append').mockImplementation(() => {
    throw new InabilityError('ERR_UNABLE_AUDIT', 'no room');
  });
  return () => spy.mockRestore();
}

const sentOf = ({ events }: TestSink) =>
  events
    .filter(({ kind }) => kind === 'message.sent')
    .map(({ message_type: type, outcome }) => `${type} ${outcome}`);

function opened() {
  const [sink, folder] = [new TestSink(), newFolder()];
  const trail = open(folder);
  trail.add('kafka', sink);
  return { sink, folder, trail };
}

describe('an outcome that the disk did not take', () => {
  test('is written when it does, by itself, in order and once, and the call said that it was not safe (A-5, A-18)', async () => {
    const { sink, trail } = opened();
    const [one, two] = [sealed('one'), inClear('two')];
    trail.seal([one, two]);
    const makeRoom = fullDisk();
    for (const [sent, outcome] of [
      [one, 'acknowledged'],
      [two, 'failed'],
    ] as const)
      await expect(trail.conclude([sent], outcome, {})).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    // As an adapter that tries again.
    await expect(trail.conclude([one], 'acknowledged', {})).rejects.toMatchObject({
      code: 'ERR_UNABLE_AUDIT',
    });
    expect(sentOf(sink)).toEqual([]);
    makeRoom();
    await until(() => sentOf(sink).length === 2);
    await trail.conclude([one, two], 'unknown', {});
    await trail.close();
    expect(sentOf(sink)).toEqual(['one acknowledged', 'two failed']);
  });

  test('is written with the next one, where that comes first', async () => {
    const { sink, trail } = opened();
    const [one, two] = [sealed('one'), sealed('two')];
    trail.seal([one, two]);
    const makeRoom = fullDisk();
    await trail.conclude([one], 'failed', {}).catch(() => undefined);
    makeRoom();
    await trail.conclude([two], 'acknowledged', {});
    await trail.close();
    expect(sentOf(sink)).toEqual(['one failed', 'two acknowledged']);
  });

  test('is tried a last time when the trail closes, and is unknown to the next start where that fails', async () => {
    const { sink, trail, folder } = opened();
    const [one, two] = [sealed('one'), sealed('two')];
    trail.seal([one]);
    let makeRoom = fullDisk();
    await trail.conclude([one], 'acknowledged', {}).catch(() => undefined);
    makeRoom();
    await trail.close();
    expect(sentOf(sink)).toEqual(['one acknowledged']);

    const second = open(folder);
    second.add('kafka', sink);
    second.seal([two]);
    makeRoom = fullDisk();
    await second.conclude([two], 'acknowledged', {}).catch(() => undefined);
    await second.close();
    makeRoom();
    const third = open(killed(folder));
    third.add('kafka', sink);
    await third.close();
    expect(sentOf(sink)).toEqual(['one acknowledged', 'two unknown']);
  });
});
