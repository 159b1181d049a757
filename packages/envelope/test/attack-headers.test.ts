// Attacks with clear headers: many of them, and near misses of the bound ones.
import { describe, expect, it } from '@jest/globals';
import type { HeaderField } from '@sealwire/core';
import { opener, outgoing, receivedFrom, sealer, world, route } from './world.js';

const w = world();

describe('bound headers', () => {
  it('are found in one pass, however many names a message claims and headers a record brings', async () => {
    const names = Array.from({ length: 64 }, (_, i) => `name-${String(i).padStart(2, '0')}`);
    const headers = names.map((name) => ({ name, values: [Buffer.from(name)] }));
    const [sealed] = sealer(w, { route: { ...route, clearHeaders: new Set(names) } })([
      outgoing({ headers }),
    ]);
    let looks = 0;
    const junk = (i: number): HeaderField => ({
      get name() {
        looks++;
        return `junk-${i}`;
      },
      values: [Buffer.from('x')],
    });
    const many = Array.from({ length: 1000 }, (_, i) => junk(i));
    const [outcome] = await opener(w)([receivedFrom(sealed!, { headers: [...many, ...sealed!.headers] })]);
    expect(outcome).toMatchObject({ verified: true, headers });
    // Once for the binding, once for what is handed over.
    expect(looks).toBeLessThanOrEqual(2 * many.length);
  });

  it.each([
    ['one twice and one not at all', (a: HeaderField) => [a, a]],
    [
      'another order of values',
      (a: HeaderField, b: HeaderField) => [a, { ...b, values: b.values.toReversed() }],
    ],
    [
      'two values joined to one',
      (a: HeaderField, b: HeaderField) => [a, { ...b, values: [Buffer.concat(b.values)] }],
    ],
    [
      'values exchanged between names',
      (a: HeaderField, b: HeaderField) => [
        { ...a, values: b.values },
        { ...b, values: a.values },
      ],
    ],
    ['a name in capitals', (a: HeaderField, b: HeaderField) => [a, { ...b, name: 'B' }]],
    ['none', () => []],
  ] as [string, (a: HeaderField, b: HeaderField) => HeaderField[]][])('refuse %s', async (_, change) => {
    const headers = [
      { name: 'a', values: [Buffer.from('1')] },
      { name: 'b', values: [Buffer.from('2'), Buffer.from('3')] },
    ];
    const [sealed] = sealer(w, { route: { ...route, clearHeaders: new Set(['a', 'b']) } })([
      outgoing({ headers }),
    ]);
    const [a, b] = sealed!.headers;
    const [outcome] = await opener(w)([receivedFrom(sealed!, { headers: change(a!, b!) })]);
    expect(outcome).toMatchObject({ verified: false, code: 'ERR_POLICY_HEADERS' });
  });
});
