// An honest record written again where it was not sealed for.
import type { Attack } from './attack.ts';

export const copiedRecords: readonly Attack[] = [
  {
    name: 'copy-in-place',
    move: 'a message that was written again to its own partition or queue',
    code: 'ERR_POLICY_REPLAY',
    make: ({ first }) => [first],
  },
  {
    name: 'copy-to-other-channel',
    move: 'a message that was copied to another channel',
    code: 'ERR_POLICY_CHANNEL',
    place: 'other-channel',
    make: ({ first }) => [first],
  },
  {
    name: 'copy-to-other-partition',
    move: 'a message that was copied to another partition',
    code: 'ERR_POLICY_PARTITION',
    only: 'kafka',
    place: 'other-partition',
    make: ({ first }) => [first],
  },
  {
    name: 'copy-from-other-transport',
    move: 'a message of the same channel that was sealed for the other transport',
    code: 'ERR_POLICY_PARTITION',
    make: ({ first, sealedBy }) => [
      { value: sealedBy('sender-on-other-transport'), key: first.key, headers: {} },
    ],
  },
];
