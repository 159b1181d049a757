// Attacks on E-15: whatever fails, is called again or comes in between, no key sees an IV twice and no number is given twice.
import { describe, expect, it } from '@jest/globals';
import { nodePrimitives, type Primitives } from '@sealwire/crypto';
import type { Clock, Directory, KeyStore, Maced, Outgoing, Route, Signer } from '@sealwire/core';
import fc from 'fast-check';
import { decodeHeader } from '../src/header-codec.js';
import { decodeOuter } from '../src/outer-codec.js';
import { decodeSession } from '../src/session-codec.js';
import { nowMs, outboundJourney, outgoing, route, world } from './world.js';

const step = fc.record({
  size: fc.integer({ min: 1, max: 6 }),
  partitions: fc.integer({ min: 1, max: 3 }),
  trouble: fc.constantFrom(
    'none',
    'signer',
    'wrap',
    'directory',
    'header',
    'size',
    'again in signer',
    'again in directory',
  ),
  laterMs: fc.constantFrom(0, 1, 86_400_000),
  earlier: fc.boolean(),
  version: fc.boolean(),
  half: fc.boolean(),
});

describe('a sender in trouble', () => {
  it('[E-15] uses no IV twice under a key, no position twice with a salt, and no number twice in a stream', () => {
    let sealed = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), (steps) => {
        const uses = new Set<string>();
        const numbers = new Set<string>();
        const places = new Set<string>();
        let trouble: string = 'none';
        let time = nowMs;
        let version = 1;
        let sealAgain = (): void => undefined;
        const once = (what: string, act: () => void): void => {
          if (trouble !== what) return;
          trouble = 'none';
          act();
        };
        const fail = (): never => {
          throw new Error('trouble');
        };
        const primitives: Primitives = {
          ...nodePrimitives,
          wrap(...args) {
            once('wrap', fail);
            return nodePrimitives.wrap(...args);
          },
          aeadKey(key) {
            const inner = nodePrimitives.aeadKey(key);
            const name = key.toString('hex');
            return {
              seal: (...args) => inner.seal(...args),
              open: (...args) => inner.open(...args),
              sealInto(sealed, iv, aad, plaintext) {
                const use = `${name}/${iv.toString('hex')}`;
                expect(uses).not.toContain(use);
                uses.add(use);
                inner.sealInto(sealed, iv, aad, plaintext);
              },
            };
          },
        };
        const w = world();
        const directory: Directory = {
          ...w.directory,
          get version() {
            return version;
          },
          sealingKey(...args) {
            once('directory', fail);
            once('again in directory', () => sealAgain());
            return w.directory.sealingKey(...args);
          },
        };
        const signer: Signer = {
          keyId: w.alice.signer.keyId,
          sign(message) {
            once('signer', fail);
            once('again in signer', () => sealAgain());
            return w.alice.signer.sign(message);
          },
        };
        const alice: KeyStore = { ...w.alice, signer, signerOf: () => signer };
        const clock: Clock = { nowMs: () => time };
        const narrow: Route = { ...route };
        const { begin, finish } = outboundJourney(
          { ...w, primitives, directory, alice },
          { clock, route: narrow, maxMessageBytes: 10_000 },
        );

        const batch = (size: number, partitions: number, change: Partial<Outgoing> = {}) =>
          Array.from({ length: size }, (_, i) =>
            outgoing({
              partition: i % partitions,
              payload: i === 4 ? null : Buffer.from(`${i}`),
              ...(i === size - 1 ? change : {}),
            }),
          );
        const finishAndCheck = (begun: readonly Maced[]): void => {
          for (const { value, headers } of finish(begun)) {
            const { session, header } = decodeOuter(value ?? headers.at(-1)!.values[0]!);
            const { stream, sequence, salt, position } = decodeHeader(header);
            const { instance, hash } = decodeSession(session);
            const number = `${instance.toString('hex')}/${stream}/${sequence}`;
            const place = `${hash.toString('hex')}/${salt.toString('hex')}/${position}`;
            expect(numbers).not.toContain(number);
            expect(places).not.toContain(place);
            numbers.add(number);
            places.add(place);
          }
        };
        const sealAndCheck = (messages: readonly Outgoing[]): void => finishAndCheck(begin(messages));
        let waiting: Maced[] = [];
        sealAgain = () => {
          try {
            sealAndCheck(batch(3, 2));
          } catch (error) {
            if (!(error instanceof Error) || error.message !== 'trouble') throw error;
          }
        };

        for (const one of steps) {
          trouble = one.trouble;
          time += one.earlier ? -one.laterMs : one.laterMs;
          if (one.version) version++;
          const many = {
            headers: Array.from({ length: 300 }, (_, i) => ({ name: `h${i}`, values: [Buffer.alloc(1)] })),
          };
          const change =
            one.trouble === 'header' ? many : one.trouble === 'size' ? { payload: Buffer.alloc(20_000) } : {};
          try {
            if (one.half) {
              waiting.push(...begin(batch(one.size, one.partitions, change)));
              if (one.earlier) continue;
              // What began is signed in two parts, the later one first.
              const [first, second] = [waiting.slice(0, one.size), waiting.slice(one.size)];
              waiting = [];
              finishAndCheck(second);
              finishAndCheck(first);
            } else sealAndCheck(batch(one.size, one.partitions, change));
          } catch (error) {
            const { message, code } = error as { message?: string; code?: string };
            expect(message === 'trouble' || code === 'ERR_USAGE_HEADER' || code === 'ERR_USAGE_SIZE').toBe(
              true,
            );
          }
        }
        sealed += uses.size;
      }),
      { numRuns: 100 },
    );
    expect(sealed).toBeGreaterThan(1000);
  });
});
