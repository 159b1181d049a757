// Faults of wraps, mac, seal, plaintext and payload (SPEC.md §7 to §9): each under a signature that holds.
import { build } from '../../test/reference.ts';
import { publicPoint } from '../../test/reference-crypto.ts';
import { append, clear, flip, instead, plaintextOf, splice, type Change } from '../byte-changes.ts';
import { headerOf, type CaseTerms } from '../make-case.ts';
import { scalarOf } from '../vector-world.ts';

const { wrap } = build();
const bytes = (text: string) => Buffer.from(text);

const wraps = (name: string, scenario: string, change: Partial<typeof wrap>): CaseTerms => ({
  name,
  scenario,
  musts: [19],
  code: 'ERR_KEY_WRAP',
  parts: { session: { wraps: [{ ...wrap, ...change }] } },
});

const unsealed = (name: string, scenario: string, parts: CaseTerms['parts']): CaseTerms => ({
  name,
  scenario,
  musts: [20],
  code: 'ERR_INTEGRITY_SEAL',
  parts: { ...parts },
});

const uncommitted = (name: string, scenario: string, parts: CaseTerms['parts']): CaseTerms => ({
  name,
  scenario,
  musts: [24],
  code: 'ERR_INTEGRITY_MAC',
  parts: { ...parts },
});

const plain = (
  name: string,
  scenario: string,
  plaintext: Change,
  musts: readonly number[] = [21],
): CaseTerms => ({
  name,
  scenario,
  musts,
  code: 'ERR_FORMAT_BODY',
  parts: { change: { plaintext } },
});

const headers = (name: string, scenario: string, of: readonly unknown[]): CaseTerms =>
  plain(name, scenario, instead(plaintextOf(bytes('{}'), of)));

const payload = (
  name: string,
  scenario: string,
  session: Record<string, unknown>,
  content: Buffer,
): CaseTerms => ({
  name,
  scenario,
  musts: [25, 41],
  code: 'ERR_VALIDATION_PAYLOAD',
  parts: { session, plaintext: { payload: content } },
});

/** An encoded plaintext whose array of headers is given in hex. */
const rawHeaders = (hex: string) => instead(Buffer.from(`0000${hex}`, 'hex'));

export const sealedFaults: readonly CaseTerms[] = [
  {
    name: 'not-for-me',
    scenario: 'Wrapped for a key that the receiver does not hold.',
    musts: [18],
    code: 'ERR_KEY_NOT_FOR_ME',
    holds: ['strangers'],
  },
  {
    name: 'no-key-at-all',
    scenario: 'A receiver that holds no key.',
    musts: [18],
    code: 'ERR_KEY_NOT_FOR_ME',
    holds: [],
  },
  {
    name: 'wrapped-for-strangers',
    scenario: 'The audience names the group, the wrap is for somebody else.',
    musts: [18],
    code: 'ERR_KEY_NOT_FOR_ME',
    wrappedFor: ['strangers'],
  },
  {
    name: 'signing-key-is-no-sealing-key',
    scenario: 'A wrap under the id of a message-signing key of the same point is not for a sealing key.',
    musts: [18],
    code: 'ERR_KEY_NOT_FOR_ME',
    parts: { session: { wraps: [{ ...wrap, key: build({ signer: scalarOf('team') }).terms.senderKey }] } },
  },
  wraps('wrap-changed', 'One bit of the wrap was flipped.', { wrapped: flip(3)(wrap.wrapped) }),
  wraps('wrap-tag-changed', 'One bit of the wrap’s tag was flipped.', { wrapped: flip(-1)(wrap.wrapped) }),
  wraps('wrap-of-47-bytes', 'A wrap of 47 bytes.', { wrapped: wrap.wrapped.subarray(0, 47) }),
  wraps('wrap-of-15-bytes', 'A wrap that is shorter than a tag.', { wrapped: wrap.wrapped.subarray(0, 15) }),
  wraps('encapsulated-not-on-the-curve', 'An encapsulated key that is no point.', {
    encapsulated: Buffer.concat([Buffer.of(4), Buffer.alloc(64, 9)]),
  }),
  wraps('encapsulated-of-zeros', 'An encapsulated key of zeros.', { encapsulated: Buffer.alloc(65) }),
  wraps('encapsulated-compressed', 'An encapsulated key in compressed form.', {
    encapsulated: Buffer.concat([
      Buffer.of(2 + (wrap.encapsulated[64]! & 1)),
      wrap.encapsulated.subarray(1, 33),
    ]),
  }),
  wraps('encapsulated-hybrid', 'An encapsulated key in hybrid form.', {
    encapsulated: Buffer.concat([Buffer.of(6 + (wrap.encapsulated[64]! & 1)), wrap.encapsulated.subarray(1)]),
  }),
  wraps('encapsulated-by-another', 'An encapsulated key of another ephemeral pair.', {
    encapsulated: publicPoint(scalarOf('strangers')),
  }),
  {
    name: 'wrap-of-another-session',
    scenario: 'A wrap that was made for another session: its info is not this one’s.',
    musts: [19],
    code: 'ERR_KEY_WRAP',
    parts: { session: { instance: Buffer.alloc(16, 0x56), wraps: [wrap] } },
  },
  {
    name: 'wrap-without-label',
    scenario: 'The info of the wrap lacks its label.',
    musts: [19],
    code: 'ERR_KEY_WRAP',
    parts: { change: { info: (info) => info.subarray(16) } },
  },
  {
    name: 'wrap-without-length',
    scenario: 'The info of the wrap lacks the length of the session bytes.',
    musts: [19],
    code: 'ERR_KEY_WRAP',
    parts: { change: { info: splice(32, 4) } },
  },
  {
    name: 'data-key-of-31-bytes',
    scenario: 'The wrap opens to 31 bytes.',
    musts: [19],
    code: 'ERR_KEY_WRAP',
    parts: { dataKeyBytes: 31 },
  },
  {
    name: 'data-key-of-33-bytes',
    scenario: 'The wrap opens to 33 bytes.',
    musts: [19],
    code: 'ERR_KEY_WRAP',
    parts: { dataKeyBytes: 33 },
  },
  {
    name: 'first-wrap-broken',
    scenario: 'Two wraps for keys of the receiver, the first of them broken: the second is not tried.',
    musts: [19, 40],
    code: 'ERR_KEY_WRAP',
    holds: ['auditors', 'team'],
    parts: {
      session: { type: 'task.shared', audience: ['auditors', 'team'], wraps: twoWraps() },
    },
  },
  uncommitted('mac-of-another-message', 'Another mac, covered by the signature.', {
    change: { mac: flip(0) },
  }),
  uncommitted('mac-last-bit', 'The last bit of the mac was flipped before it was signed.', {
    change: { mac: flip(-1) },
  }),
  uncommitted('mac-of-zeros', 'A mac of zeros, covered by the signature.', {
    change: { mac: () => Buffer.alloc(32) },
  }),
  uncommitted(
    'two-data-keys',
    'Body and mac under another data key than the one that is wrapped: a message that would read differently for another recipient.',
    {
      seal: { dataKey: Buffer.alloc(32, 0x45) },
    },
  ),
  uncommitted('keys-from-another-salt', 'Body and mac under the keys of another batch.', {
    seal: { salt: Buffer.alloc(12, 0x67) },
  }),
  uncommitted('keys-from-another-label', 'Body and mac under keys that were derived with another label.', {
    seal: { label: 'sealwire/v1/Batch' },
  }),
  unsealed('body-changed-before-the-mac', 'One bit of the body was flipped by its sender.', {
    change: { body: flip(0) },
  }),
  unsealed('tag-changed-before-the-mac', 'One bit of the tag was flipped by its sender.', {
    change: { body: flip(-1) },
  }),
  unsealed('body-of-15-bytes', 'A body that is shorter than a tag.', {
    change: { body: (body) => body.subarray(0, 15) },
  }),
  unsealed('body-empty', 'A body of no bytes.', { change: { body: () => Buffer.alloc(0) } }),
  unsealed('body-at-another-position', 'Sealed under the IV of another position.', { seal: { position: 6 } }),
  plain('plaintext-empty', 'A plaintext of no bytes.', instead(Buffer.alloc(0))),
  plain('plaintext-byte-behind-the-end', 'A byte follows the plaintext.', append('00'), [4, 21]),
  plain('plaintext-encoding-3', 'An encoding that there is not.', splice(0, 1, '06')),
  plain('plaintext-encoding-negative', 'An encoding of −1.', splice(0, 1, '01')),
  plain(
    'plaintext-payload-too-long',
    'A payload whose length is beyond the plaintext.',
    splice(1, 1, 'feffffff0f'),
    [10, 21],
  ),
  plain('plaintext-padded', 'The payload’s length as 96 00 in place of 16.', splice(1, 1, '9600'), [1, 21]),
  plain(
    'sealed-headers-with-size',
    'A block of negative count, with its size in bytes.',
    rawHeaders('010e026102026200' + '00'),
    [2, 21],
  ),
  plain(
    'sealed-headers-in-two-blocks',
    'Sealed headers in two blocks.',
    rawHeaders('020261020262000202630202640000'),
    [2, 21],
  ),
  plain(
    'sealed-headers-without-end',
    'Sealed headers without the zero block.',
    rawHeaders('02026102026200'),
    [2, 21],
  ),
  plain(
    'sealed-header-name-not-utf-8',
    'The name of a sealed header is not UTF-8.',
    rawHeaders('0202ff0202620000'),
    [3, 21],
  ),
  headers(
    'sealed-header-twice',
    'A sealed header twice.',
    [1, 2].map(() => ({ name: 'a', values: [bytes('b')] })),
  ),
  headers('sealed-header-without-values', 'A sealed header without values.', [{ name: 'a', values: [] }]),
  headers(
    'sealed-headers-257',
    '257 sealed headers.',
    Array.from({ length: 257 }, (_, i) => ({ name: `${i}`, values: [bytes('')] })),
  ),
  headers('sealed-header-values-257', 'A sealed header of 257 values.', [
    { name: 'a', values: Array.from({ length: 257 }, () => bytes('')) },
  ]),
  {
    name: 'sealed-and-bound',
    scenario: 'A header that is both sealed and bound in clear.',
    musts: [21],
    code: 'ERR_FORMAT_BODY',
    parts: {
      header: { clear: clear(['a', 'b']) },
      plaintext: { headers: [{ name: 'a', values: [bytes('b')] }] },
    },
    received: { headers: [headerOf('a', 'b')] },
  },
  payload('payload-not-json', 'JSON that ends early.', {}, bytes('{"do":')),
  payload('payload-json-twice', 'Two JSON texts in one payload.', {}, bytes('{}{}')),
  payload('payload-json-empty', 'A JSON payload of no bytes.', {}, Buffer.alloc(0)),
  payload('payload-json-nan', 'A number that JSON does not have.', {}, bytes('NaN')),
  payload('payload-json-with-bom', 'JSON behind a byte order mark.', {}, bytes('\u{feff}{}')),
  payload('payload-json-not-utf-8', 'JSON that is not UTF-8.', {}, Buffer.from('22ff22', 'hex')),
  payload(
    'payload-cloud-event-not-json',
    'A content type that ends in +json, without JSON.',
    { type: 'task.event', contentType: 5 },
    bytes('no'),
  ),
  payload(
    'payload-text-not-utf-8',
    'Text that is not UTF-8.',
    { type: 'task.text', contentType: 4 },
    Buffer.from('ff', 'hex'),
  ),
];

/** Wraps for both groups, the first by its key id with one bit flipped. */
function twoWraps() {
  const made = build({
    session: { type: 'task.shared', audience: ['auditors', 'team'] },
    recipients: ['team', 'auditors'].map((name) => ({
      scalar: scalarOf(name),
      ephemeral: Buffer.alloc(32, 0x34),
    })),
  });
  const [first, second] = made.wraps;
  return [{ ...first!, wrapped: flip(0)(first!.wrapped) }, second!];
}
