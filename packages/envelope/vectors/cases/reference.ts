// Sessions by reference, and the session topic that they are looked up in (SPEC.md §13).
import { build, prefix, type Parts } from '../../test/reference.ts';
import { sha256 } from '../../test/reference-crypto.ts';
import { signDeterministically } from '../../test/deterministic-ecdsa.ts';
import { append, flip, hexOf, record as fields, type Change } from '../byte-changes.ts';
import type { CaseTerms } from '../make-case.ts';
import type { VectorSessionRecord } from '../vector-file.ts';
import { ephemeralOf, scalarOf } from '../vector-world.ts';

const sessionPrefix = Buffer.from('c301f4569fac90a9f529', 'hex');
const label = Buffer.from('sealwire/v1/session');

/** The same message by reference: the session field is the first 16 bytes of S. */
const refer: Change = (record) => {
  const { session } = outerOf(record);
  return Buffer.concat([
    prefix,
    fields(sha256(session).subarray(0, 16)),
    record.subarray(prefix.length + 2 + session.length),
  ]);
};

/** The first field; sessions here have 64 to 8,191 bytes, so their length has two. */
function outerOf(record: Buffer): { session: Buffer } {
  const at = prefix.length + 2;
  const length = ((record[at - 2]! & 0x7f) | (record[at - 1]! << 7)) >> 1;
  return { session: record.subarray(at, at + length) };
}

interface Published {
  readonly comment: string;
  readonly parts: Partial<Parts>;
  readonly key?: Change;
  readonly signed?: Change;
  readonly signature?: Change;
  readonly value?: Change;
  readonly times?: number;
}

function publish({ comment, parts, ...change }: Published): VectorSessionRecord[] {
  const same: Change = (bytes) => bytes;
  const { session, S } = build(parts);
  const signer = parts.signer ?? scalarOf('alice');
  const signed = (change.signed ?? same)(Buffer.concat([label, S]));
  const signature = (change.signature ?? same)(signDeterministically(signer, signed));
  const value = (change.value ?? same)(Buffer.concat([sessionPrefix, fields(session, signature)]));
  const record = { comment, key: (change.key ?? same)(S).toString('hex'), value: value.toString('hex') };
  return Array.from({ length: change.times ?? 1 }, () => record);
}

/** Sessions that differ by their instance. */
const of = (byte: number, parts: Partial<Parts> = {}): Partial<Parts> => ({
  ...parts,
  session: { instance: Buffer.alloc(16, byte), ...parts.session },
});

const sessions = {
  honest: of(0xd0),
  twice: of(0xd1),
  forged: of(0xd2),
  misfiled: of(0xd3),
  unlabelled: of(0xd4),
  longer: of(0xd5),
  broken: of(0xd6, { session: { sender: '' } }),
  otherVersion: of(0xd7),
  unknownKey: of(0xd8, { signer: scalarOf('nobody') }),
  otherRealm: of(0xd9, { session: { realm: Buffer.alloc(16, 0xee) } }),
  strangers: of(0xda, {
    recipients: [{ scalar: scalarOf('strangers'), ephemeral: ephemeralOf('strangers') }],
  }),
  missing: of(0xdb),
  byAnother: of(0xdc),
  inAnotherName: of(0xdd, { signer: scalarOf('bob') }),
};

export const sessionRecords: readonly VectorSessionRecord[] = [
  { comment: 'Junk: neither key nor value.', key: null, value: null },
  { comment: 'Junk: no session record.', key: hexOf('key'), value: hexOf('value') },
  publish({ comment: 'An honest session.', parts: sessions.honest }),
  publish({ comment: 'An honest session, twice.', parts: sessions.twice, times: 2 }),
  publish({ comment: 'Its signature was changed.', parts: sessions.forged, signature: flip(-1) }),
  publish({ comment: 'Under another key than its S.', parts: sessions.misfiled, key: flip(0) }),
  publish({
    comment: 'The signed bytes lack their label.',
    parts: sessions.unlabelled,
    signed: (bytes) => bytes.subarray(19),
  }),
  publish({ comment: 'A byte follows its end.', parts: sessions.longer, value: append('00') }),
  publish({ comment: 'The session breaks §5.', parts: sessions.broken }),
  publish({ comment: 'Another fingerprint.', parts: sessions.otherVersion, value: flip(5) }),
  publish({ comment: 'Signed by a key that the directory does not have.', parts: sessions.unknownKey }),
  publish({ comment: 'In alice’s name, with bob’s key.', parts: sessions.inAnotherName }),
  publish({ comment: 'Of another realm.', parts: sessions.otherRealm }),
  publish({ comment: 'Wrapped for others.', parts: sessions.strangers }),
  publish({
    comment: 'In alice’s name and key id, signed by bob.',
    parts: sessions.byAnother,
    signature: () =>
      signDeterministically(scalarOf('bob'), Buffer.concat([label, build(sessions.byAnother).S])),
  }),
].flat();

const referring = (
  name: string,
  scenario: string,
  musts: readonly number[],
  parts: Partial<Parts>,
  code?: string,
): CaseTerms => ({
  name: `by-reference-${name}`,
  scenario,
  musts,
  policy: 'referring',
  parts: { ...parts, change: { ...parts.change, record: refer } },
  ...(code === undefined ? {} : { code }),
});

const unknown = (name: string, scenario: string, parts: Partial<Parts>) =>
  referring(name, scenario, [33, 34], parts, 'ERR_FORMAT_SESSION_UNKNOWN');

export const referenceCases: readonly CaseTerms[] = [
  referring('honest', 'A session that is looked up.', [12, 34, 38], sessions.honest),
  {
    name: 'self-contained-beside-a-session-topic',
    scenario:
      'The same message with its session, on a channel that has a session topic: hash and signature are the same.',
    musts: [12, 38],
    policy: 'referring',
    parts: sessions.honest,
  },
  referring(
    'twice-in-the-topic',
    'A session whose record lies in the topic twice.',
    [33, 34],
    sessions.twice,
  ),
  referring('in-a-tree', 'A message by reference as leaf 2 of 3.', [34, 38], {
    ...sessions.honest,
    tree: { size: 3, index: 2 },
  }),
  referring(
    'not-in-the-topic',
    'A session that is not in the topic.',
    [34],
    sessions.missing,
    'ERR_FORMAT_SESSION_UNKNOWN',
  ),
  unknown('wrongly-signed', 'Its record in the topic is wrongly signed, so it is ignored.', sessions.forged),
  unknown('signed-by-another', 'Its record in the topic is signed by another agent.', sessions.byAnother),
  unknown(
    'in-another-name',
    'Its record in the topic names alice and bob’s key, and bob signed it.',
    sessions.inAnotherName,
  ),
  unknown('under-another-key', 'Its record in the topic lies under another key.', sessions.misfiled),
  unknown('signed-without-label', 'Its record in the topic is signed without a label.', sessions.unlabelled),
  unknown('malformed', 'Its record in the topic has a byte too many.', sessions.longer),
  unknown('of-another-version', 'Its record in the topic is of another version.', sessions.otherVersion),
  unknown('broken-session', 'Its record in the topic holds a session that breaks §5.', sessions.broken),
  referring(
    'unknown-key',
    'Its session is signed by a key that the directory does not have: judged by E-29.',
    [29, 33],
    sessions.unknownKey,
    'ERR_KEY_UNKNOWN',
  ),
  referring(
    'another-realm',
    'Its session is of another realm.',
    [36, 39],
    sessions.otherRealm,
    'ERR_POLICY_REALM',
  ),
  referring(
    'not-for-me',
    'Its session is wrapped for others.',
    [18, 36],
    sessions.strangers,
    'ERR_KEY_NOT_FOR_ME',
  ),
  referring(
    'signature-changed',
    'The session is known, the message’s signature does not hold.',
    [23, 36],
    {
      ...sessions.honest,
      change: { proof: flip(-1) },
    },
    'ERR_INTEGRITY_SIGNATURE',
  ),
];
