// Sealing with a key store that may be away: in order, within the send's time, never unsigned.
import { describe, expect, test } from '@jest/globals';
import { InabilityError, KeyError, type Outgoing, type Outlet, type Sealed } from '@sealwire/core';
import { SealLater } from '../src/seal-later.js';

const away = () => new InabilityError('ERR_UNABLE_KEY_STORE', 'away');

/** A store that is away for some calls, or always for one message; each batch is one message that names itself. */
function stage(awayFor: number, alwaysFor?: string) {
  const sealed: string[] = [];
  let calls = 0;
  const outlet = {
    sealLater: async (batch: readonly Outgoing[]): Promise<readonly Sealed[]> => {
      const name = batch[0]!.payload!.toString();
      if (calls++ < awayFor || name === alwaysFor) throw away();
      sealed.push(name);
      return Promise.resolve([]);
    },
  } as unknown as Outlet;
  const later = new SealLater(outlet);
  const seal = (name: string, timeoutMs = 30_000) =>
    later.seal([{ payload: Buffer.from(name) } as Outgoing], timeoutMs);
  return { seal, sealed, calls: () => calls };
}

describe('while the key store is away', () => {
  test('a send waits until it is back', async () => {
    const { seal, sealed } = stage(3);
    await seal('one');
    expect(sealed).toEqual(['one']);
  });

  test('sends keep their order, those that failed together and those that came later', async () => {
    const { seal, sealed } = stage(4);
    const first = [seal('1'), seal('2'), seal('3')];
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([...first, seal('4'), seal('5')]);
    expect(sealed).toEqual(['1', '2', '3', '4', '5']);
  });

  test('a send fails when its time is over, and those behind it go on', async () => {
    // Not by the count of its tries: a timer may be early, and the machine late.
    const { seal, sealed } = stage(3, 'short');
    const [short, long] = await Promise.allSettled([seal('short', 1), seal('long')]);
    expect(short).toMatchObject({ status: 'rejected', reason: { code: 'ERR_UNABLE_KEY_STORE' } });
    expect(long.status).toBe('fulfilled');
    expect(sealed).toEqual(['long']);
  });
});

test('any other refusal is no reason to try again', async () => {
  let calls = 0;
  const outlet = {
    sealLater: () => {
      calls++;
      return Promise.reject(new KeyError('ERR_KEY_MISSING', 'no key'));
    },
  } as unknown as Outlet;
  await expect(new SealLater(outlet).seal([], 30_000)).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' });
  expect(calls).toBe(1);
});
