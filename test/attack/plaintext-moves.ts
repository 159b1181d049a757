// An attacker’s moves on channels that admit plaintext, or did, or never do: what each is, and what has to come of it.

const day = (fromNow: number): string =>
  new Date(Date.now() + fromNow * 86_400_000).toISOString().slice(0, 10);
const terms = (until: string): string =>
  `plaintext: { insecure_until: ${until}, from: [orchestrator], sender_header: x-agent }`;

/** The ways in which a channel may be open, as lines of the policy. */
export const modes = {
  observed: ['mode: observe', terms(day(5))],
  migrating: ['mode: migrate', terms(day(5))],
  over: ['mode: observe', terms(day(-2))],
  enforced: [],
} as const;
export type Mode = keyof typeof modes;
export const modeNames = Object.keys(modes) as readonly Mode[];

/** What becomes of a record: handed over with or without a signature that vouches for it, or refused for a reason. */
export type Fate = 'verified' | 'plaintext' | `ERR_${string}`;

export interface Move {
  /** @param sealed what an honest sender has sealed for the same place */
  readonly value: (sealed: Buffer) => Buffer;
  /** Who it says has sent it. */
  readonly sender: string | null;
  readonly contentType?: string;
  readonly fates: Readonly<Record<Mode, Fate>>;
}

const plaintext = Buffer.from('{"do":"this"}');
const everywhere = (fate: Fate): Move['fates'] => ({
  observed: fate,
  migrating: fate,
  over: fate,
  enforced: fate,
});
const shut = { over: 'ERR_FORMAT_NOT_SEALED', enforced: 'ERR_FORMAT_NOT_SEALED' } as const;
/** In the name of who is known to send plaintext: nothing but the envelope is to be missed. */
const stripped = (value: Move['value'], fate: Fate, contentType?: string): Move => ({
  value,
  sender: 'orchestrator',
  fates: everywhere(fate),
  ...(contentType === undefined ? {} : { contentType }),
});

export const moves: Readonly<Record<string, Move>> = {
  'plaintext of a named sender': {
    value: () => plaintext,
    sender: 'orchestrator',
    fates: { observed: 'plaintext', migrating: 'plaintext', ...shut },
  },
  'plaintext of nobody': {
    value: () => plaintext,
    sender: null,
    fates: { observed: 'plaintext', migrating: 'ERR_POLICY_PLAINTEXT', ...shut },
  },
  'plaintext of another': {
    value: () => plaintext,
    sender: 'intern',
    fates: { observed: 'plaintext', migrating: 'ERR_POLICY_PLAINTEXT', ...shut },
  },
  'plaintext of another form': {
    value: () => Buffer.from('{"do":'),
    sender: 'orchestrator',
    fates: { observed: 'plaintext', migrating: 'ERR_VALIDATION_PAYLOAD', ...shut },
  },
  'an envelope without its first byte': stripped((sealed) => sealed.subarray(1), 'ERR_FORMAT_NOT_SEALED'),
  'an envelope without its marker and fingerprint': stripped(
    (sealed) => sealed.subarray(10),
    'ERR_FORMAT_NOT_SEALED',
  ),
  'an envelope behind plaintext': stripped(
    (sealed) => Buffer.concat([plaintext, sealed]),
    'ERR_FORMAT_NOT_SEALED',
  ),
  'an envelope of a version that nobody knows': stripped(
    (sealed) => Buffer.from(sealed.map((byte, i) => (i === 5 ? byte ^ 1 : byte))),
    'ERR_FORMAT_VERSION',
  ),
  'an envelope that was cut': stripped((sealed) => sealed.subarray(0, 60), 'ERR_FORMAT_ENVELOPE'),
  'an envelope with another signature': stripped(
    (sealed) => Buffer.from(sealed.map((byte, i) => (i === sealed.length - 1 ? byte ^ 1 : byte))),
    'ERR_INTEGRITY_SIGNATURE',
  ),
};
