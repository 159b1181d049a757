// Messages that open: what their header and their body may hold.
import { clear, swap, varint } from '../byte-changes.ts';
import { headerOf, type CaseTerms } from '../make-case.ts';

const bytes = (text: string) => Buffer.from(text);
const high = 2 ** 53 - 1;
const names64 = Array.from({ length: 64 }, (_, i) => `n${String(i).padStart(2, '0')}`);

const headers: readonly CaseTerms[] = [
  {
    name: 'correlation-id',
    scenario: 'A correlation id.',
    musts: [14],
    parts: { header: { correlation: Buffer.alloc(16, 0xc0) } },
  },
  {
    name: 'causation-id',
    scenario: 'A causation id.',
    musts: [14],
    parts: { header: { causation: Buffer.alloc(16, 0xca) } },
  },
  {
    name: 'both-ids',
    scenario: 'Both ids.',
    musts: [14],
    parts: { header: { correlation: Buffer.alloc(16, 0xc0), causation: Buffer.alloc(16, 0xca) } },
  },
  {
    name: 'first-of-everything',
    scenario: 'Partition, stream, sequence and position all 0.',
    musts: [1, 14],
    parts: { header: { partition: 0, stream: 0, sequence: 0, position: 0 } },
    received: { partition: 0 },
  },
  {
    name: 'largest-numbers',
    scenario: 'The largest partition, stream, sequence and position.',
    musts: [1, 14],
    parts: {
      // The Avro library of the generator writes no 2^53−1.
      header: { partition: 2 ** 31 - 1, stream: 2 ** 32 - 1, sequence: high - 1, position: 2 ** 31 - 1 },
      change: { header: swap(varint(BigInt(high - 1)), varint(BigInt(high))) },
    },
    received: { partition: 2 ** 31 - 1 },
    opens: { nonce: `${'55'.repeat(16)}ffffffff001fffffffffffff` },
  },
  {
    name: 'bound-header',
    scenario: 'A transport header that is bound: handed over.',
    musts: [16],
    parts: { header: { clear: clear(['tenant', 'blue']) } },
    received: { headers: [headerOf('tenant', 'blue')] },
    opens: { headers: [headerOf('tenant', 'blue')] },
  },
  {
    name: 'bound-headers-of-several-values',
    scenario: 'Two bound headers, one of two values and one of an empty value, received in another order.',
    musts: [16],
    parts: { header: { clear: clear(['a', 'x', 'y'], ['b', '']) } },
    received: { headers: [headerOf('b', ''), headerOf('a', 'x', 'y')] },
    opens: { headers: [headerOf('a', 'x', 'y'), headerOf('b', '')] },
  },
  {
    name: 'unbound-headers-are-not-handed-over',
    scenario: 'Beside a bound header stand others, tracing among them: nothing of them is verified.',
    musts: [16],
    parts: { header: { clear: clear(['tenant', 'blue']) } },
    received: {
      headers: [headerOf('tenant', 'blue'), headerOf('forged', 'x'), headerOf('traceparent', '00-00-00-00')],
    },
    opens: { headers: [headerOf('tenant', 'blue')] },
  },
  {
    name: 'sixty-four-bound-headers',
    scenario: 'As many bound headers as there may be.',
    musts: [14, 16],
    parts: { header: { clear: clear(...names64.map((name) => [name, '1'] as const)) } },
    received: { headers: names64.map((name) => headerOf(name, '1')) },
    opens: { headers: names64.map((name) => headerOf(name, '1')) },
  },
];

const bodies: readonly CaseTerms[] = [
  {
    name: 'empty-payload',
    scenario: 'A payload of no bytes, which is not a tombstone.',
    musts: [21, 30],
    parts: { session: { type: 'task.bytes', contentType: 1 }, plaintext: { payload: Buffer.alloc(0) } },
  },
  {
    name: 'payload-of-4096-bytes',
    scenario: 'A payload of 4,096 bytes.',
    musts: [20, 21],
    parts: {
      session: { type: 'task.bytes', contentType: 1 },
      plaintext: { payload: Buffer.alloc(4096, 0xab) },
    },
  },
  {
    name: 'sealed-header',
    scenario: 'An application header inside the seal, of one value.',
    musts: [21],
    parts: { plaintext: { headers: [{ name: 'tenant', values: [bytes('blue')] }] } },
  },
  {
    name: 'sealed-headers-keep-their-order',
    scenario: 'Sealed headers need not be sorted; values may be empty, and so may a name.',
    musts: [21],
    parts: {
      plaintext: {
        headers: [
          { name: 'z', values: [bytes('1'), bytes(''), bytes('1')] },
          { name: '', values: [bytes('a')] },
          { name: '__proto__', values: [bytes('b')] },
        ],
      },
    },
  },
  {
    name: 'sealed-and-bound-headers',
    scenario: 'Sealed headers are handed over first, then bound ones.',
    musts: [16, 21],
    parts: {
      header: { clear: clear(['a', 'clear']) },
      plaintext: { headers: [{ name: 'b', values: [bytes('sealed')] }] },
    },
    received: { headers: [headerOf('a', 'clear')] },
    opens: { headers: [headerOf('b', 'sealed'), headerOf('a', 'clear')] },
  },
  {
    name: 'most-sealed-headers',
    scenario: '256 sealed headers.',
    musts: [21],
    parts: {
      plaintext: { headers: Array.from({ length: 256 }, (_, i) => ({ name: `${i}`, values: [bytes('')] })) },
    },
  },
  {
    name: 'most-values',
    scenario: 'One sealed header of 256 values.',
    musts: [21],
    parts: { plaintext: { headers: [{ name: 'a', values: Array.from({ length: 256 }, () => bytes('')) }] } },
  },
];

export const contentOpens: readonly CaseTerms[] = [...headers, ...bodies];
