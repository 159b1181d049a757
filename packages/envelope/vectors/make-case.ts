// Turns what a case says about its message into bytes and the expected answer.
import { build, types, type Parts } from '../test/reference.ts';
import { ephemeralOf, noon, scalarOf, type SigningName } from './vector-world.ts';
import type { VectorCase, VectorHeader, VectorMessage, VectorRecord } from './vector-file.ts';

/** A case as it is written down. Whatever is left out is honest, and the same for all. */
export interface CaseTerms {
  readonly name: string;
  readonly scenario: string;
  readonly musts: readonly number[];
  /** The verdict; left out where the message opens. */
  readonly code?: string;
  /** For cases of two faults: the verdict on the second alone. */
  readonly second?: string;
  readonly parts?: Partial<Parts>;
  readonly signer?: SigningName;
  /** Names of the keys that it is wrapped for. */
  readonly wrappedFor?: readonly string[];
  readonly holds?: readonly string[];
  readonly policy?: string;
  readonly received?: Partial<VectorRecord>;
  /** What the receiver hands over beside the honest payload. */
  readonly opens?: Partial<VectorMessage>;
}

const contentTypes = [
  '',
  'application/octet-stream',
  'application/json',
  'avro/binary',
  'text/plain',
  'application/cloudevents+json',
  'application/x-protobuf',
];

/** The verdicts that need neither a private key nor local policy. */
const publicVerdict = (code: string): boolean =>
  (/^ERR_FORMAT_/.test(code) && !['ERR_FORMAT_SIZE', 'ERR_FORMAT_BODY'].includes(code)) ||
  [
    'ERR_POLICY_REALM',
    'ERR_KEY_UNKNOWN',
    'ERR_KEY_OWNER',
    'ERR_KEY_STATUS',
    'ERR_INTEGRITY_SIGNATURE',
  ].includes(code);

export function makeCase(terms: CaseTerms): VectorCase {
  const made = build({
    ...terms.parts,
    ...(terms.signer === undefined ? {} : { signer: scalarOf(terms.signer) }),
    ...(terms.wrappedFor === undefined
      ? {}
      : {
          recipients: terms.wrappedFor.map((name) => ({
            scalar: scalarOf(name),
            ephemeral: ephemeralOf(name),
          })),
        }),
  });
  const tombstone = terms.parts?.tombstone === true;
  const received: VectorRecord = {
    transport: 'kafka',
    place: 'tasks',
    partition: 3,
    key: made.key?.toString('hex') ?? null,
    value: tombstone ? null : made.record.toString('hex'),
    headers: tombstone ? [{ name: 'sealwire', values: [made.record.toString('hex')] }] : [],
    appendedAt: null,
    receivedAt: noon,
    ...terms.received,
  };
  const codes = [terms.code, terms.second].filter((code) => code !== undefined);
  // The status of a recipient key is the recipient’s to judge.
  const isPublic = (code: string): boolean =>
    publicVerdict(code) && !(code === 'ERR_KEY_STATUS' && terms.musts.includes(43));
  const verifier = codes.find(isPublic) ?? null;
  /** A third party says otherwise than an opener. */
  const isOnlyVerified = terms.code !== undefined && terms.code !== verifier;
  return {
    name: terms.name,
    scenario: terms.scenario,
    musts: [...terms.musts, ...(isOnlyVerified ? [42] : [])].map((number) => `E-${number}`),
    directory: 'main',
    policy: terms.policy ?? 'main',
    holds: terms.holds ?? ['team'],
    received,
    expected: terms.code === undefined ? { message: messageOf(terms, made) } : { code: terms.code },
    verifier,
  };
}

type Made = ReturnType<typeof build>;

function messageOf({ parts, opens }: CaseTerms, made: Made): VectorMessage {
  const header = made.fields;
  const terms = made.terms as typeof made.terms & Record<string, unknown>;
  const nonce = Buffer.alloc(28);
  terms.instance.copy(nonce);
  nonce.writeUInt32BE(header['stream'] as number, 16);
  nonce.writeBigUInt64BE(BigInt(header['sequence'] as number), 20);
  const plaintext = types.plaintext.fromBuffer(made.plaintext) as {
    payload: Buffer;
    headers: { name: string; values: Buffer[] }[];
  };
  const idOf = (id: unknown): string | null => (id as Buffer | null)?.toString('hex') ?? null;
  const sealed = plaintext.headers.map(({ name, values }) => ({ name, values: values.map(hex) }));
  const tombstone = parts?.tombstone === true;
  return {
    sender: terms.sender,
    senderKeyId: hex(terms.senderKey),
    recipients: terms.audience,
    channel: terms.channel,
    type: terms.type,
    contentType: terms.contentType === 0 ? terms.contentTypeName : contentTypes[terms.contentType]!,
    issuedAt: header['issuedAt'] as number,
    correlationId: idOf(header['correlation']),
    causationId: idOf(header['causation']),
    nonce: hex(nonce),
    messageHash: hex(made.messageHash),
    payload: tombstone ? null : hex(plaintext.payload),
    headers: tombstone ? [] : sealed,
    ...opens,
  };
}

const hex = (bytes: Buffer): string => bytes.toString('hex');

/** A record header in its file form. */
export const headerOf = (name: string, ...values: readonly (string | Buffer)[]): VectorHeader => ({
  name,
  values: values.map((value) => hex(Buffer.from(value as string))),
});
