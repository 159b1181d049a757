import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkpointText, maxSeen, noteKeyHash, parseNote, signedNote } from '../../src/index.js';

const hex = (digits: number) =>
  fc.uint8Array({ minLength: digits / 2, maxLength: digits / 2 }).map((b) => Buffer.from(b).toString('hex'));
const checkpoints = fc.record({
  chain: hex(32),
  first: fc.maxSafeNat(),
  size: fc.integer({ min: 1, max: 10_000 }),
  root: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => Buffer.from(b).toString('latin1')),
  keyId: hex(32),
  again: fc.boolean(),
  seen: fc.uniqueArray(fc.record({ chain: hex(32), sequence: fc.maxSafeNat(), leafHash: hex(64) }), {
    maxLength: maxSeen,
    selector: ({ chain }) => chain,
  }),
});
const names = fc.stringMatching(/^[!-~]{1,255}$/);
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
const keyHash = noteKeyHash(spki.subarray(-65));

const note = signedNote(
  checkpointText({
    chain: 'ab'.repeat(16),
    first: 3,
    size: 7,
    root: 'r'.repeat(32),
    keyId: 'cd'.repeat(16),
    again: false,
    seen: [{ chain: 'ef'.repeat(16), sequence: 5, leafHash: '01'.repeat(32) }],
  }),
  'spiffe://acme/a+b%2B',
  keyHash,
  Buffer.from('signature'),
);

describe('the signed note of a checkpoint', () => {
  it('A-12: is read back as it was written, and its signature verifies over its text', () => {
    fc.assert(
      fc.property(checkpoints, names, (checkpoint, agent) => {
        const text = checkpointText(checkpoint);
        const signature = sign('sha256', Buffer.from(text), pair.privateKey);
        const parsed = parseNote(signedNote(text, agent, keyHash, signature))!;
        expect(parsed).toEqual({ ...checkpoint, text, agent, keyHash, signature });
        expect(verify('sha256', Buffer.from(parsed.text), pair.publicKey, parsed.signature)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('A-12: has the key hash that C2SP signed-note has for ECDSA, and a key name without a plus', () => {
    expect(keyHash).toEqual(createHash('sha256').update(spki).digest().subarray(0, 4));
    expect(note).toBe(
      `sealwire/v1/audit-checkpoint/${'ab'.repeat(16)}/3\n7\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\nkey ${'cd'.repeat(16)}\nseen ${'ef'.repeat(16)} 5 ${'01'.repeat(32)}\n\n— spiffe://acme/a%2Bb%252B ${Buffer.concat([keyHash, Buffer.from('signature')]).toString('base64')}\n`,
    );
    expect(parseNote(note)?.agent).toBe('spiffe://acme/a+b%2B');
  });

  it('A-12: is refused where any character is gone, twice there, or where a line is added', () => {
    for (let at = 0; at < note.length; at++) {
      const without = parseNote(note.slice(0, at) + note.slice(at + 1));
      const twice = parseNote(note.slice(0, at + 1) + note.slice(at));
      // Names, numbers and the signature itself may be of other lengths.
      for (const parsed of [without, twice]) {
        if (parsed !== null) {
          const { text, agent, signature } = parsed;
          expect(signedNote(text, agent, parsed.keyHash, signature)).not.toBe(note);
        }
      }
    }
    const signatureLine = note.slice(note.indexOf('—'));
    for (const other of [
      `${note}\n`,
      note + signatureLine,
      note.trimEnd(),
      note.replace('\n7\n', '\n07\n'),
      note.replace('\n7\n', '\n0\n'),
      note.replace('/3\n', '/03\n'),
      note.replace('/3\n', '/3/4\n'),
      note.replace('\n\n', '\nmore\n\n'),
      note.replace('\n\n', '\nagain\n\n'),
      note.replace('\nseen', '\nagain\nagain\nseen'),
      note.replace('—', '-'),
      note.replace(' 5 ', ' 9007199254740992 '),
      note.replace(/seen.*\n/, (line) => line + line),
      note.replace('%2B', '+'),
      note.replace('cnI=', 'cnJ='),
      note.replaceAll('\n', '\r\n'),
      note.replace('sealwire/v1/audit-checkpoint', 'sealwire/v2/audit-checkpoint'),
      '',
      '\n\n— a b\n',
      'x'.repeat(1_000_000),
    ]) {
      expect(parseNote(other)).toBeNull();
    }
  });

  it('A-12: no text of any form ends its reader', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), fc.nat(400), (junk, at) => {
        parseNote(junk);
        parseNote(note.slice(0, at) + junk + note.slice(at));
      }),
    );
  });

  it('is not written where a part is not of its form', () => {
    const good = parseNote(note)!;
    for (const bad of [
      { chain: 'AB'.repeat(16) },
      { first: -1 },
      { size: 0 },
      { size: 1.5 },
      { root: 'short' },
      { keyId: '' },
      { seen: [{ chain: 'x', sequence: 1, leafHash: '01'.repeat(32) }] },
      { seen: Array.from({ length: maxSeen + 1 }, () => good.seen[0]!) },
      { seen: [good.seen[0]!, good.seen[0]!] },
    ]) {
      expect(() => checkpointText({ ...good, ...bad })).toThrow('parts');
    }
    expect(() => signedNote('text', 'agent', keyHash, Buffer.of(1))).toThrow('Give');
    expect(() => signedNote('text\n', 'an agent', keyHash, Buffer.of(1))).toThrow('Give');
    expect(() => signedNote('text\n', 'agent', Buffer.of(1), Buffer.of(1))).toThrow('Give');
  });
});
