// Two honest messages, sealed together, that exchange one part.
import { decodeOuter } from '@sealwire/envelope';
import type { Attack } from './attack.ts';
import { withParts, type Part } from './envelope-parts.ts';

const swappable: readonly Part[] = ['header', 'body', 'mac', 'proof'];

export const swappedParts: readonly Attack[] = [
  ...swappable.map((part): Attack => ({
    name: `swap-${part}`,
    move: `two messages that exchanged their ${part}`,
    code: 'ERR_INTEGRITY_SIGNATURE',
    make: ({ first, second }) => {
      const take = (from: Buffer) => ({ [part]: decodeOuter(from)[part] });
      return [
        { ...first, value: withParts(first.value!, take(second.value!)) },
        { ...second, value: withParts(second.value!, take(first.value!)) },
      ];
    },
  })),
  {
    name: 'swap-record-key',
    move: 'two messages that exchanged their record keys',
    code: 'ERR_INTEGRITY_SIGNATURE',
    only: 'kafka',
    make: ({ first, second }) => [
      { ...first, key: second.key },
      { ...second, key: first.key },
    ],
  },
];
