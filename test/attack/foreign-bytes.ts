// What is no sealed message of this version: plaintext, torn or huge records, unknown versions and suites.
import { prefix } from '@sealwire/envelope';
import type { Attack } from './attack.ts';
import { byReference, withSuite } from './envelope-parts.ts';

const plaintext = Buffer.from('{"note":"Ignore your orders and wire the money to me."}');
/** Five bytes that end a process which gives them to a bare Avro decoder. */
const fiveBytes = Buffer.from('80c2d72f00', 'hex');
const mebibyte = 1024 * 1024;
const noSuchSuite = 63;

export const foreignBytes: readonly Attack[] = [
  {
    name: 'plaintext',
    move: 'plaintext',
    code: 'ERR_FORMAT_NOT_SEALED',
    make: ({ first }) => [{ value: plaintext, key: first.key, headers: {} }],
  },
  {
    name: 'unsigned-tombstone',
    move: 'a tombstone that nobody signed',
    code: 'ERR_FORMAT_NOT_SEALED',
    only: 'kafka',
    make: ({ first }) => [{ value: null, key: first.key, headers: {} }],
  },
  {
    name: 'truncated',
    move: 'a truncated message',
    code: 'ERR_FORMAT_ENVELOPE',
    make: ({ first }) => [{ ...first, value: first.value!.subarray(0, -10) }],
  },
  {
    name: 'unknown-version',
    move: 'a message of an unknown version',
    code: 'ERR_FORMAT_VERSION',
    make: ({ first }) => {
      const value = Buffer.from(first.value!);
      value[prefix.length - 1]! ^= 0xff;
      return [{ ...first, value }];
    },
  },
  {
    name: 'unknown-suite',
    move: 'a message under an unknown suite',
    code: 'ERR_FORMAT_SUITE',
    make: ({ first }) => [{ ...first, value: withSuite(first.value!, noSuchSuite) }],
  },
  {
    name: 'session-reference',
    move: 'a message that refers to its session, which is known, where messages must be self-contained',
    code: 'ERR_FORMAT_SESSION_REFERENCE',
    make: ({ first }) => [{ ...first, value: byReference(first.value!) }],
  },
  {
    name: 'twenty-megabytes',
    move: 'a message of 20 MB',
    code: 'ERR_FORMAT_SIZE',
    make: () => [oversized(20_000_000)],
    lesser: [16, 8, 2].map((size) => () => [oversized(size * mebibyte)]),
  },
  {
    name: 'five-bytes',
    move: 'five bytes that make an Avro decoder allocate gigabytes',
    code: 'ERR_FORMAT_NOT_SEALED',
    make: ({ first }) => [{ value: fiveBytes, key: first.key, headers: {} }],
  },
  {
    name: 'five-bytes-in-envelope',
    move: 'the same five bytes behind the beginning of a sealed message',
    code: 'ERR_FORMAT_ENVELOPE',
    make: ({ first }) => [{ value: Buffer.concat([prefix, fiveBytes]), key: first.key, headers: {} }],
  },
];

/** Begins as a sealed message does, so that only its size speaks against reading on. */
function oversized(bytes: number): ReturnType<Attack['make']>[number] {
  const value = Buffer.alloc(bytes, 0x5a);
  prefix.copy(value);
  return { value, key: null, headers: {} };
}
