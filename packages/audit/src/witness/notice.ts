// A notice: a writer’s signed word on which checkpoint of a chain of its is the newest (SPEC §3, A-19).
import { UsageError } from '@sealwire/core';
import type { SeenChain } from '../chain/checkpoint-text.js';
import { signedNote } from '../chain/signed-note.js';
import { splitNote, type SignedText } from '../chain/split-note.js';

export interface Notice extends SeenChain {
  /** Where the chain’s events stand, by the name of the transport: what is told there is not to be believed elsewhere. */
  readonly place: string;
  /** Of the writer’s message-signing key: 32 hex digits. */
  readonly keyId: string;
  /** When it was made, ms since 1970. */
  readonly timeMs: number;
}

export type ParsedNotice = Notice & SignedText;

/** Keeps a notice apart from checkpoints, and from everything else that such a key signs. */
const noticePrefix = 'sealwire/v1/audit-notice/';
/** A name has at most 255 characters, each of which may be written as three. */
export const maxNoticeBytes = 1_500;

const hex32 = /^[0-9a-f]{32}$/;
const hex64 = /^[0-9a-f]{64}$/;
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** What its signature covers; ends with a newline. @throws UsageError ERR_USAGE_ARGUMENT where a part is not of its form */
export function noticeText(notice: Notice): string {
  if (!isNotice(notice))
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give a notice whose parts are of their form.');
  const { place, chain, sequence, leafHash, keyId, timeMs } = notice;
  return `${noticePrefix}${place}/${chain}\n${sequence}\n${Buffer.from(leafHash, 'hex').toString('base64')}\nkey ${keyId}\ntime ${timeMs}\n`;
}

/** @returns `null` where these are not exactly the bytes of one. Nothing is verified. */
export function parseNotice(bytes: Buffer): ParsedNotice | null {
  if (bytes.length > maxNoticeBytes) return null;
  const signed = splitNote(bytes.toString('utf8'));
  if (signed === null) return null;
  const [origin = '', sequence = '', hash = '', key = '', time = ''] = signed.text.split('\n', 6);
  const [place = '', chain = ''] = origin.slice(noticePrefix.length).split('/');
  const notice = {
    place,
    chain,
    sequence: numberOf(sequence),
    leafHash: Buffer.from(hash, 'base64').toString('hex'),
    keyId: key.slice('key '.length),
    timeMs: numberOf(time.slice('time '.length)),
  };
  if (!isNotice(notice)) return null;
  // No notice has two forms.
  const written = signedNote(noticeText(notice), signed.agent, signed.keyHash, signed.signature);
  return Buffer.from(written).equals(bytes) ? { ...notice, ...signed } : null;
}

const isNotice = ({ place, chain, sequence, leafHash, keyId, timeMs }: Notice): boolean =>
  /^[a-z]{1,32}$/.test(place) &&
  hex32.test(chain) &&
  isCount(sequence) &&
  hex64.test(leafHash) &&
  hex32.test(keyId) &&
  isCount(timeMs);

const numberOf = (text: string): number => (/^\d{1,16}$/.test(text) ? Number(text) : NaN);
