// Faults of the header record, and of what it binds (SPEC.md §6).
import { build } from '../../test/reference.ts';
import { append, clear, cut, hexOf, rawHeader, splice, swap, varint, type Change } from '../byte-changes.ts';
import { headerOf, type CaseTerms } from '../make-case.ts';

const length = build().header.length;
const digest = Buffer.alloc(32);
const salt = '66'.repeat(12);

const changed = (
  name: string,
  scenario: string,
  header: Change,
  musts: readonly number[] = [14],
): CaseTerms => ({
  name,
  scenario,
  musts,
  code: 'ERR_FORMAT_HEADER',
  parts: { change: { header } },
});

const named = (name: string, scenario: string, names: readonly string[]): CaseTerms => ({
  name,
  scenario,
  musts: [14],
  code: 'ERR_FORMAT_HEADER',
  parts: { header: { clear: { names, digest } } },
});

const bound = { header: { clear: clear(['tenant', 'blue', 'green']) } };
const broken = (
  name: string,
  scenario: string,
  headers: readonly ReturnType<typeof headerOf>[],
): CaseTerms => ({
  name,
  scenario,
  musts: [16],
  code: 'ERR_POLICY_HEADERS',
  parts: bound,
  received: { headers },
});

export const headerFaults: readonly CaseTerms[] = [
  changed('partition-minus-2', 'A partition of −2.', rawHeader({ partition: '03' })),
  changed(
    'partition-of-2-to-the-31',
    'A partition beyond an int.',
    rawHeader({ partition: varint(2n ** 31n) }),
    [1, 14],
  ),
  changed('issued-before-1970', 'An issue time before 1970.', rawHeader({ issuedAt: '01' })),
  changed('issued-beyond-2-to-the-53', 'An issue time of 2^53.', rawHeader({ issuedAt: varint(2n ** 53n) })),
  changed('stream-negative', 'A stream of −1.', rawHeader({ stream: '01' })),
  changed('stream-of-2-to-the-32', 'A stream of 2^32.', rawHeader({ stream: varint(2n ** 32n) })),
  changed('sequence-negative', 'A sequence of −1.', rawHeader({ sequence: '01' })),
  changed('sequence-of-2-to-the-53', 'A sequence of 2^53.', rawHeader({ sequence: varint(2n ** 53n) })),
  changed(
    'sequence-of-2-to-the-63',
    'A sequence of 2^63−1, the largest Avro long.',
    rawHeader({ sequence: varint(2n ** 63n - 1n) }),
  ),
  changed('sequence-padded', 'The sequence as 8e 00 in place of 0e.', rawHeader({ sequence: '8e00' }), [1]),
  changed('position-negative', 'A position of −1.', rawHeader({ position: '01' })),
  changed('position-of-2-to-the-31', 'A position of 2^31.', rawHeader({ position: varint(2n ** 31n) })),
  changed('correlation-branch-2', 'A correlation id of a third branch.', splice(-4, 1, '04')),
  changed('correlation-branch-negative', 'A correlation id of branch −1.', splice(-4, 1, '01')),
  changed('causation-branch-2', 'A causation id of a third branch.', splice(-3, 1, '04')),
  changed('clear-branch-2', 'Clear headers of a third branch.', splice(-2, 1, '04')),
  changed('tombstone-2', 'A boolean of 2.', splice(-1, 1, '02'), [1, 14]),
  changed('correlation-of-15-bytes', 'A correlation id that the record is one byte too short for.', (bytes) =>
    Buffer.concat([bytes.subarray(0, length - 4), Buffer.from(`02${'c0'.repeat(15)}0000`, 'hex')]),
  ),
  changed('salt-missing', 'A header without its salt.', swap(salt, '')),
  changed('header-empty', 'A header of no bytes.', () => Buffer.alloc(0)),
  changed('header-byte-missing', 'A header that ends before its last field.', cut(1)),
  changed('header-byte-behind-the-end', 'A byte follows the last field.', append('00'), [4]),
  named('clear-names-none', 'Clear headers without a name.', []),
  named('clear-names-unsorted', 'Clear names out of order.', ['b', 'a']),
  named('clear-name-twice', 'A clear name twice.', ['a', 'a']),
  named('clear-name-empty', 'An empty clear name.', ['']),
  named('clear-name-of-256-bytes', 'A clear name of 256 bytes.', ['x'.repeat(256)]),
  named(
    'clear-names-65',
    '65 clear names.',
    Array.from({ length: 65 }, (_, i) => `n${String(i).padStart(2, '0')}`),
  ),
  {
    name: 'clear-name-not-utf-8',
    scenario: 'A clear name that is not UTF-8.',
    musts: [3, 14],
    code: 'ERR_FORMAT_HEADER',
    parts: { ...bound, change: { header: swap(hexOf('tenant'), 'ff656e616e74') } },
    received: { headers: [headerOf('tenant', 'blue', 'green')] },
  },
  broken('bound-header-changed', 'A value of a bound header was changed.', [
    headerOf('tenant', 'blue', 'red'),
  ]),
  broken('bound-header-removed', 'A bound header was removed.', []),
  broken('bound-header-renamed', 'A bound header was renamed.', [headerOf('Tenant', 'blue', 'green')]),
  broken('bound-header-added-to', 'A bound header has one value more.', [
    headerOf('tenant', 'blue', 'green', ''),
  ]),
  broken('bound-header-values-swapped', 'The values of a bound header changed places.', [
    headerOf('tenant', 'green', 'blue'),
  ]),
  broken('bound-header-values-joined', 'Two values became one.', [headerOf('tenant', 'bluegreen')]),
  {
    name: 'partition-moved',
    scenario: 'Read from another partition than it was sealed for.',
    musts: [17],
    code: 'ERR_POLICY_PARTITION',
    received: { partition: 4 },
  },
  {
    name: 'partition-from-a-queue',
    scenario: 'Sealed for a partition, read from a queue.',
    musts: [17],
    code: 'ERR_POLICY_PARTITION',
    received: { transport: 'rabbitmq', partition: null },
  },
  {
    name: 'no-partition-from-a-topic',
    scenario: 'Sealed for a queue, read from a topic.',
    musts: [17],
    code: 'ERR_POLICY_PARTITION',
    parts: { header: { partition: -1 } },
  },
];
