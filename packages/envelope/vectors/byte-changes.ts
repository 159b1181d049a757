// Small changes to bytes that make an honest record a forged one.
import { types } from '../test/reference.ts';
import { lp, sha256, u32 } from '../test/reference-crypto.ts';
import { noon } from './vector-world.ts';

export type Change = (bytes: Buffer) => Buffer;

/** Flips the lowest bit of a byte; counted from the end where negative. */
export const flip =
  (at: number): Change =>
  (bytes) => {
    const copy = Buffer.from(bytes);
    const index = at < 0 ? copy.length + at : at;
    copy[index]! ^= 1;
    return copy;
  };

/** Replaces `remove` bytes at a place, which is counted from the end where negative. */
export const splice =
  (at: number, remove: number, insert = ''): Change =>
  (bytes) => {
    const index = at < 0 ? bytes.length + at : at;
    return Buffer.concat([
      bytes.subarray(0, index),
      Buffer.from(insert, 'hex'),
      bytes.subarray(index + remove),
    ]);
  };

/** Replaces the first occurrence of some bytes, given in hex. @throws where they are not there exactly once */
export const swap =
  (find: string, put: string): Change =>
  (bytes) => {
    const wanted = Buffer.from(find, 'hex');
    const at = bytes.indexOf(wanted);
    if (at < 0 || bytes.indexOf(wanted, at + 1) >= 0) throw new Error(`${find} is not there exactly once.`);
    return splice(at, wanted.length, put)(bytes);
  };

export const append =
  (insert: string): Change =>
  (bytes) =>
    Buffer.concat([bytes, Buffer.from(insert, 'hex')]);

export const cut =
  (bytes: number): Change =>
  (whole) =>
    whole.subarray(0, whole.length - bytes);

export const instead =
  (insert: Buffer): Change =>
  () =>
    insert;

/** The bytes of some text, in hex. */
export const hexOf = (text: string): string => Buffer.from(text).toString('hex');

/** An Avro `long` in hex: zigzag, then seven bits a byte. */
export function varint(value: bigint): string {
  let rest = value >= 0n ? value * 2n : -value * 2n - 1n;
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]).toString('hex');
}

/** A header record field by field, for values that an Avro library would not write. */
export function rawHeader(
  fields: Partial<Record<'partition' | 'issuedAt' | 'stream' | 'sequence' | 'position', string>>,
): Change {
  const { partition = '06', stream = '00', sequence = '0e', position = '0a' } = fields;
  const issuedAt = fields.issuedAt ?? varint(BigInt(noon));
  return instead(
    Buffer.from(`${partition}${issuedAt}${stream}${sequence}${'66'.repeat(12)}${position}00000000`, 'hex'),
  );
}

/** The `clear` field for some headers, honestly digested. */
export function clear(...headers: readonly (readonly [name: string, ...values: string[]])[]) {
  const parts = headers.flatMap(([name, ...values]) => [
    lp(Buffer.from(name)),
    u32(values.length),
    ...values.map((value) => lp(Buffer.from(value))),
  ]);
  return { names: headers.map(([name]) => name), digest: sha256(...parts) };
}

/** An outer record of given parts in hex, each behind its length. */
export const record = (...fields: readonly Buffer[]): Buffer =>
  Buffer.concat(fields.flatMap((field) => [Buffer.from(varint(BigInt(field.length)), 'hex'), field]));

/** An encoded plaintext. */
export const plaintextOf = (payload: Buffer, headers: readonly unknown[]): Buffer =>
  types.plaintext.toBuffer({ encoding: 0, payload, headers });
