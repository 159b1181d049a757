// `get` of a message whose channel ends while it is judged.
import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type { ClaimGuard, GuardAnswer, HeldClaim } from '@sealwire/core';
import type { GetMessage } from 'amqplib';
import { ChannelCore } from '../src/channel-core.js';
import { FakeChannel, fakeLink, FakeSides, honest, turns } from './fakes.ts';

test('a claim that comes after the channel has gone is released, so that the message can be handled when it comes again', async () => {
  const claim: HeldClaim = { claims: null };
  const released: HeldClaim[] = [];
  let grant = (): void => undefined;
  const granted = new Promise<void>((resolve) => (grant = resolve));
  const claims: ClaimGuard = {
    ready: () => Promise.resolve(),
    claim: async (): Promise<GuardAnswer[]> => {
      await granted;
      return [{ state: 'granted', held: claim }];
    },
    done: () => Promise.reject(new Error('nothing is done')),
    release: async (held) => void released.push(...held),
  };
  const inner = new FakeChannel();
  const here = [honest(1) as unknown as GetMessage];
  const calls = {
    consume: () => Promise.resolve(),
    cancel: () => Promise.resolve(),
    get: () => Promise.resolve(here.shift() ?? (false as const)),
  };
  const link = Object.assign(fakeLink(new FakeSides()), { claims });
  const core = new ChannelCore(link, inner, calls, new EventEmitter(), false);
  const getting = core.get('orders', undefined);
  await turns();
  inner.emit('close');
  grant();

  expect(await getting).toBe(false);
  expect(released).toEqual([claim]);
  expect(inner.calls).toEqual([]);
});
