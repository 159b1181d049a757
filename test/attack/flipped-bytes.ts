// One byte changed on the broker, in each part of the envelope and in a header that travels in clear.
import type { Attack } from './attack.ts';
import { withFlippedByte, type Part } from './envelope-parts.ts';

const parts: readonly Part[] = ['session', 'header', 'body', 'mac', 'proof'];

export const flippedBytes: readonly Attack[] = [
  ...parts.map((part): Attack => ({
    name: `byte-flip-${part}`,
    move: `a message with one byte of its ${part} flipped`,
    code: 'ERR_INTEGRITY_SIGNATURE',
    make: ({ first }) => [{ ...first, value: withFlippedByte(first.value!, part) }],
  })),
  {
    name: 'changed-clear-header',
    move: 'a message whose clear header was changed',
    code: 'ERR_POLICY_HEADERS',
    make: ({ first }) => [{ ...first, headers: { ...first.headers, tenant: 'somebody-else' } }],
  },
  {
    name: 'removed-clear-header',
    move: 'a message whose clear header was removed',
    code: 'ERR_POLICY_HEADERS',
    make: ({ first }) => [{ ...first, headers: {} }],
  },
];
