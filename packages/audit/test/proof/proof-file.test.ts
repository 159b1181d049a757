// The file of a proof: one spelling, and bounds, whatever is in it.
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeProof, encodeProof, type AuditProof } from '../../src/index.js';
import { agent, proofOf, receivedChain, searchIn, sentChain, termsOf } from './proof-world.js';

const [alice, bob] = [agent('alice'), agent('bob')];
const { found } = searchIn([...sentChain(alice).lines, ...receivedChain(bob).lines], termsOf(alice, bob));
const plain = proofOf(found);
const bytes = (length: number, of = 1): Buffer => Buffer.alloc(length, of);
const signature = {
  suite: 1,
  senderKeyId: bytes(16),
  contentHash: bytes(32),
  mac: bytes(32),
  proof: bytes(70),
};
const sealed = {
  session: bytes(200),
  header: bytes(60),
  body: bytes(99),
  keyHash: bytes(32),
  mac: bytes(0),
  proof: bytes(70),
};
const all: readonly AuditProof[] = [plain, { ...plain, message: signature }, { ...plain, message: sealed }];

/** Anything may stand there. */
interface ProofJson {
  realm: unknown;
  directory: { root: unknown; issuers: unknown } | unknown[];
  events: { event: unknown; checkpoint: unknown; path: unknown }[];
  checkpoints: { at: unknown; note: unknown }[];
}

/** As anybody can: with a checksum that fits. */
function withChecksum(text: string): Buffer {
  const unset = text.replace(/"checksum": "[0-9a-f]*"/, `"checksum": "${'0'.repeat(64)}"`);
  return Buffer.from(unset.replace('0'.repeat(64), createHash('sha256').update(unset).digest('hex')));
}
const changed = (of: AuditProof, change: (file: ProofJson) => void): Buffer => {
  const file = JSON.parse(encodeProof(of).toString()) as ProofJson;
  change(file);
  return withChecksum(`${JSON.stringify(file, null, 2)}\n`);
};
const refusal = expect.objectContaining({ code: 'ERR_FORMAT_PROOF' }) as unknown as Error;

describe('the file of a proof', () => {
  it.each(all.map((one) => [one.message === null ? 'nothing' : Object.keys(one.message)[0], one] as const))(
    'P-1: is read back as it was written, with %s of the message',
    (_, proof) => {
      const file = encodeProof(proof);
      expect(decodeProof(file)).toEqual(proof);
      expect(withChecksum(file.toString())).toEqual(file);
    },
  );

  it('P-1, P-2: holds no change of a byte, nor one more, nor one less', () => {
    const place = fc.record({
      of: fc.constantFrom(...all),
      at: fc.nat(),
      by: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(place, fc.constantFrom('change', 'cut', 'add'), ({ of, at, by }, how) => {
        const file = encodeProof(of);
        const where = at % file.length;
        const other =
          how === 'cut'
            ? file.subarray(0, where)
            : how === 'add'
              ? Buffer.concat([file.subarray(0, where), Buffer.of(by), file.subarray(where)])
              : Buffer.from(file);
        if (how === 'change') other[where]! ^= by;
        expect(() => decodeProof(other)).toThrow(refusal);
      }),
      { numRuns: 600 },
    );
  });

  it.each<[string, (text: string) => string]>([
    ['white space', (text) => text.replace('"realm":', '"realm" :')],
    ['another indent', (text) => `${JSON.stringify(JSON.parse(text), null, 4)}\n`],
    ['a line end of Windows', (text) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text) => `\ufeff${text}`],
    ['a member twice', (text) => text.replace('"realm":', '"realm": "00",\n  "realm":')],
    ['an escape that is not needed', (text) => text.replace('"realm"', '"re\\u0061lm"')],
    ['a number spelt otherwise', (text) => text.replace('"root": 1', '"root": 1.0')],
    ['hex in upper case', (text) => text.replaceAll('0f0f', '0F0F')],
    [
      'base64 with bits to spare',
      (text) => text.replace(/"proof": "(.*)=="/, '"proof": "$1=="'.replace('$1', 'AR')),
    ],
    ['one more member', (text) => text.replace('"realm":', '"more": 1,\n  "realm":')],
    ['the members of another object as its prototype', (text) => `{"__proto__": ${text.trimEnd()}}\n`],
    ['another format', (text) => text.replace('/v1/audit-proof', '/v2/audit-proof')],
    ['no object', () => '[]'],
    ['nothing', () => ''],
    ['a deep nest', () => '['.repeat(1_000_000)],
  ])('P-1: is not taken with %s, be the checksum made anew', (_, change) => {
    const text = encodeProof(all[1]!).toString();
    expect(() => decodeProof(withChecksum(change(text)))).toThrow(refusal);
  });

  it.each<[string, (file: ProofJson) => void]>([
    ['an event twice as long as any', (file) => (file.events[0]!.event = `{${' '.repeat(8_000)}}`)],
    ['more events', (file) => (file.events = Array.from({ length: 33 }, () => file.events[0]!))],
    ['no events', (file) => (file.events = [])],
    ['a longer path', (file) => (file.events[0]!.path = Buffer.alloc(54 * 32).toString('base64'))],
    ['a time that is none', (file) => (file.checkpoints[0]!.at = '2026-02-31T00:00:00.000Z')],
    ['a negative number', (file) => (file.directory = { root: -1, issuers: {} })],
    ['an issuer that is none', (file) => (file.directory = { root: 1, issuers: { constructor: 1 } })],
    ['a short realm', (file) => (file.realm = '00')],
    ['a list for an object', (file) => (file.directory = [])],
    ['null for a text', (file) => (file.checkpoints[0]!.note = null)],
  ])('P-1: is not taken with %s', (_, change) => {
    expect(() => decodeProof(changed(plain, change))).toThrow(refusal);
  });

  it('P-1: is not read where it is larger than 32 MiB', () => {
    expect(() => decodeProof(Buffer.alloc(32 * 1024 * 1024 + 1, ' '))).toThrow(refusal);
  });

  it.each<[string, (file: ProofJson) => void]>([
    ['a checkpoint that no event names', (file) => (file.events[1]!.checkpoint = 0)],
    ['an event that names none', (file) => (file.events[1]!.checkpoint = 2)],
    [
      'checkpoints in another order',
      (file) => void ([file.events[0]!.checkpoint, file.events[1]!.checkpoint] = [1, 0]),
    ],
    ['a note twice', (file) => (file.checkpoints[1]!.note = file.checkpoints[0]!.note)],
  ])('P-3: is not taken with %s', (_, change) => {
    expect(() => decodeProof(changed(plain, change))).toThrow(refusal);
  });
});
