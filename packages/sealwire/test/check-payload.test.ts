// Which check a payload meets at either end.
import { describe, expect, it } from '@jest/globals';
import type { Route } from '@sealwire/core';
import { route } from '../../envelope/test/world.js';
import { checkPayload } from '../src/check-payload.js';

const jsonRoute: Route = { ...route, contentType: 'application/json' };
const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const;

describe('a payload', () => {
  it('is checked by the schema that it was sent by, which is asked for once', () => {
    const asked: string[] = [];
    const met: string[] = [];
    const check = checkPayload({
      payloads: {
        hashOf: () => one,
        checkOf(channel, type, schema) {
          const name = `${channel} ${type} ${String(schema[0])}`;
          asked.push(name);
          return () => void met.push(name);
        },
      },
    });
    for (const schema of [one, two, Buffer.from(one), two]) check(jsonRoute, schema, Buffer.from('x'));
    const names = [1, 2].map((schema) => `${route.channel} ${route.type} ${String(schema)}`);
    expect(asked).toEqual(names);
    expect(met).toEqual([...names, ...names]);
  });

  it('meets no check where there is none: a tombstone', () => {
    const check = checkPayload({
      payloads: {
        hashOf: () => one,
        checkOf: () => () => {
          throw new Error('checked');
        },
      },
    });
    expect(() => check(jsonRoute, one, null)).not.toThrow();
    expect(() => check(jsonRoute, one, Buffer.alloc(0))).toThrow('checked');
  });

  it('is checked by its content type where there is no policy of payloads', () => {
    const check = checkPayload({});
    expect(() => check(jsonRoute, one, Buffer.from('{'))).toThrow('not JSON');
  });
});
