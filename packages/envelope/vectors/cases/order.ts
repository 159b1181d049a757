// Two faults each: the one that is judged earlier is the verdict (E-25).
import { append, flip } from '../byte-changes.ts';
import { headerOf, type CaseTerms } from '../make-case.ts';
import { maxAgeMs, noon } from '../vector-world.ts';

const ladder = (code: string, second: string, rest: Partial<CaseTerms>): CaseTerms => ({
  name: `${word(code)}-before-${word(second)}`,
  scenario: `Refused for ${code}, though ${second} would be true as well.`,
  musts: [25],
  code,
  second,
  ...rest,
});

const word = (code: string) => code.slice('ERR_'.length).toLowerCase().replaceAll('_', '-');
const twice = append('00');
const unsigned = flip(-1);

export const orderCases: readonly CaseTerms[] = [
  ladder('ERR_FORMAT_SIZE', 'ERR_FORMAT_VERSION', {
    policy: 'tight',
    parts: { change: { record: flip(5) } },
  }),
  ladder('ERR_FORMAT_ENVELOPE', 'ERR_FORMAT_SESSION', {
    parts: { session: { suite: 0 }, change: { record: twice } },
  }),
  ladder('ERR_FORMAT_SESSION', 'ERR_FORMAT_SUITE', { parts: { session: { suite: 2, sender: '' } } }),
  ladder('ERR_FORMAT_SUITE', 'ERR_FORMAT_HEADER', {
    parts: { session: { suite: 2 }, change: { header: twice } },
  }),
  ladder('ERR_FORMAT_HEADER', 'ERR_FORMAT_PROOF', { parts: { change: { header: twice, proof: twice } } }),
  ladder('ERR_FORMAT_PROOF', 'ERR_FORMAT_TOMBSTONE', {
    parts: { change: { proof: twice, mac: () => Buffer.alloc(0) } },
  }),
  ladder('ERR_FORMAT_TOMBSTONE', 'ERR_POLICY_REALM', {
    parts: { session: { realm: Buffer.alloc(16) }, change: { mac: () => Buffer.alloc(0) } },
  }),
  ladder('ERR_POLICY_REALM', 'ERR_POLICY_CHANNEL', {
    parts: { session: { realm: Buffer.alloc(16), channel: 'results' } },
  }),
  ladder('ERR_POLICY_CHANNEL', 'ERR_POLICY_TYPE', { parts: { session: { channel: 'x', type: 'x' } } }),
  ladder('ERR_POLICY_TYPE', 'ERR_POLICY_AUDIENCE', { parts: { session: { type: 'x', audience: ['x'] } } }),
  ladder('ERR_POLICY_AUDIENCE', 'ERR_POLICY_PARTITION', {
    parts: { session: { audience: ['x'] } },
    received: { partition: 4 },
  }),
  ladder('ERR_POLICY_PARTITION', 'ERR_POLICY_HEADERS', {
    parts: { header: { clear: { names: ['a'], digest: Buffer.alloc(32) } } },
    received: { partition: 4, headers: [headerOf('a', 'b')] },
  }),
  ladder('ERR_POLICY_HEADERS', 'ERR_POLICY_AGE', {
    parts: { header: { clear: { names: ['a'], digest: Buffer.alloc(32) } } },
    received: { receivedAt: noon + maxAgeMs + 1 },
  }),
  ladder('ERR_POLICY_EPOCH', 'ERR_POLICY_AGE', {
    parts: { session: { epochStart: noon / 1000 + 3600 } },
    received: { receivedAt: noon + maxAgeMs + 1 },
  }),
  ladder('ERR_POLICY_AGE', 'ERR_KEY_UNKNOWN', {
    signer: 'nobody',
    received: { receivedAt: noon + maxAgeMs + 1 },
  }),
  ladder('ERR_KEY_OWNER', 'ERR_KEY_STATUS', {
    signer: 'alice-stolen',
    parts: { session: { sender: 'bob' } },
  }),
  ladder('ERR_KEY_STATUS', 'ERR_INTEGRITY_SIGNATURE', {
    signer: 'alice-stolen',
    parts: { change: { proof: unsigned } },
  }),
  ladder('ERR_POLICY_SENDER', 'ERR_INTEGRITY_SIGNATURE', {
    signer: 'carol',
    parts: { session: { sender: 'carol' }, change: { proof: unsigned } },
  }),
  ladder('ERR_INTEGRITY_SIGNATURE', 'ERR_KEY_NOT_FOR_ME', {
    holds: [],
    parts: { change: { proof: unsigned } },
  }),
  {
    ...ladder('ERR_INTEGRITY_SIGNATURE', 'ERR_KEY_STATUS', {
      wrappedFor: ['team-expired'],
      holds: ['team-expired'],
      parts: { change: { proof: unsigned } },
    }),
    musts: [25, 43],
  },
  {
    ...ladder('ERR_KEY_STATUS', 'ERR_KEY_WRAP', {
      wrappedFor: ['team-expired'],
      holds: ['team-expired'],
      parts: { dataKeyBytes: 31 },
    }),
    musts: [25, 43],
  },
  ladder('ERR_KEY_WRAP', 'ERR_INTEGRITY_MAC', { parts: { dataKeyBytes: 31, change: { mac: flip(0) } } }),
  ladder('ERR_INTEGRITY_MAC', 'ERR_INTEGRITY_SEAL', { parts: { change: { body: flip(0), mac: flip(0) } } }),
  ladder('ERR_INTEGRITY_SEAL', 'ERR_FORMAT_BODY', { parts: { change: { plaintext: twice, body: flip(0) } } }),
  ladder('ERR_FORMAT_BODY', 'ERR_VALIDATION_PAYLOAD', {
    parts: { plaintext: { payload: Buffer.from('{') }, change: { plaintext: twice } },
  }),
  {
    ...ladder('ERR_FORMAT_BODY', 'ERR_POLICY_COMPRESSION', {
      parts: { plaintext: { encoding: 1 }, change: { plaintext: twice } },
    }),
    musts: [21, 25, 44],
  },
  {
    ...ladder('ERR_POLICY_COMPRESSION', 'ERR_FORMAT_SIZE', {
      parts: { plaintext: { encoding: 1, payload: Buffer.alloc(8, 0xff) } },
    }),
    musts: [25, 44, 45],
  },
  {
    ...ladder('ERR_FORMAT_BODY', 'ERR_VALIDATION_PAYLOAD', {
      parts: {
        session: { type: 'task.zstd' },
        plaintext: { encoding: 2, payload: Buffer.from('00000001ff', 'hex') },
      },
    }),
    name: 'stream-before-validation-payload',
    musts: [25, 46],
  },
];
