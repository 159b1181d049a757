// The validity of the key that a message is sealed to, from both sides of each end (SPEC.md E-43).
import type { CaseTerms } from '../make-case.ts';
import { maxAgeMs, noon } from '../vector-world.ts';

const sealedTo = (name: string, scenario: string, key: string, rest: Partial<CaseTerms> = {}): CaseTerms => ({
  name,
  scenario,
  musts: [43],
  wrappedFor: [key],
  holds: [key],
  ...rest,
});

export const recipientKeyOpens: readonly CaseTerms[] = [
  sealedTo(
    'recipient-key-valid-within-the-skew',
    'Sealed to a key that becomes valid within the skew.',
    'team-within-skew',
  ),
  sealedTo(
    'recipient-key-about-to-expire',
    'Issued one millisecond before the key expires, and the skew.',
    'team-expiring',
  ),
  sealedTo(
    'recipient-key-expired-since',
    'Issued before the key expires, and received after: what counts is the issue time.',
    'team-expiring',
    { received: { receivedAt: noon + maxAgeMs } },
  ),
  sealedTo(
    'recipient-key-revoked',
    'Sealed to a revoked key: senders stop at once, receivers do not.',
    'team-stolen',
  ),
];

const status = (name: string, scenario: string, key: string): CaseTerms => ({
  name,
  scenario,
  musts: [25, 43],
  code: 'ERR_KEY_STATUS',
  wrappedFor: [key],
  holds: [key],
});

export const recipientKeyFaults: readonly CaseTerms[] = [
  status(
    'recipient-key-not-yet-valid',
    'Sealed to a key that becomes valid beyond the skew.',
    'team-beyond-skew',
  ),
  status(
    'recipient-key-expired',
    'Issued in the millisecond in which the key expires, and the skew.',
    'team-expired',
  ),
  status(
    'recipient-key-not-listed',
    'Sealed to a key that is held and that the directory does not list.',
    'team-unlisted',
  ),
  {
    ...status(
      'recipient-key-not-yet-valid-when-issued',
      'Issued before the key is valid, beyond the skew; appended after.',
      'team-within-skew',
    ),
    parts: { header: { issuedAt: noon - 1 } },
    received: { appendedAt: noon + 1000, receivedAt: noon + 1000 },
  },
  {
    name: 'first-recipient-key-not-yet-valid',
    scenario:
      'Two wraps for keys of the receiver, the first of a key that is not valid yet: the second does not help.',
    musts: [40, 43],
    code: 'ERR_KEY_STATUS',
    wrappedFor: ['team-beyond-skew', 'team-stolen'],
    holds: ['team-beyond-skew', 'team-stolen'],
  },
];
