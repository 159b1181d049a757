// `audit prove` and `audit check-proof`: what is shown with the directory alone, and what no change survives.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeProof, encodeProof, type AuditProof } from '@sealwire/audit';
import { nodePrimitives } from '@sealwire/crypto';
import { verifyLines, linesOf, type OpenDirectory } from '@sealwire/identity';
import { TestChain } from '../../audit/test/proof/test-chain.js';
import { judgeProof } from '../src/audit/judge-proof.js';
import { command, type Ran } from './made.js';
import {
  exportedLine,
  place,
  proofRealm,
  saidOf,
  textOf,
  trailOf,
  type ProofRealm,
} from './proof-fixture.js';

let realm: ProofRealm;
let directory: OpenDirectory;
let records: string;
let trail: string;
let hashes: readonly string[];

beforeAll(async () => {
  realm = await proofRealm();
  const { sent, received } = trailOf(realm);
  trail = realm.file('audit.jsonl', textOf(...sent.lines, ...received.lines));
  records = realm.file('records.jsonl', realm.sealed.map((one) => `${exportedLine(one)}\n`).join(''));
  hashes = realm.sealed.map(({ facts }) => facts.messageHash.toString('hex'));
  const rootKeys = [Buffer.from(realm.made.rootPublicKey, 'base64url')];
  const lines = linesOf(readFileSync(realm.made.directoryFile));
  directory = verifyLines(lines, {
    name: 'directory',
    rootKeys,
    threshold: 1,
    realm: null,
    primitives: nodePrimitives,
  }).directory;
});

const trust = () => ['--directory', realm.made.directoryFile, '--root-key', realm.made.rootPublicKey];
let made = 0;
async function prove(
  hash: string,
  file: string,
  ...words: string[]
): Promise<Ran & { readonly proof: string }> {
  const proof = join(realm.folder, `proof-${made++}.json`);
  const ran = await command('audit', 'prove', hash, file, ...trust(), '--out', proof, ...words);
  return { ...ran, proof };
}
const check = (proof: string, ...words: string[]) =>
  command('audit', 'check-proof', proof, ...trust(), ...words);
const json = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;

describe('a proof', () => {
  it('P-16: shows the message’s own signature and both events, in words', async () => {
    const ran = await prove(hashes[0]!, trail, '--record', records);
    expect([ran.exitCode, ran.err]).toEqual([0, '']);
    const { exitCode, out } = await check(ran.proof);
    expect(exitCode).toBe(0);
    expect(out).toContain(`PROVEN: "alice" sent message ${hashes[0]!}.`);
    expect(out).toContain('The message is signed by "alice"');
    expect(out).toMatch(
      /"alice" recorded at .* to have sent it to "team", .* at agent-messages\[3\]@17: acknowledged/,
    );
    expect(out).toMatch(/"bob" recorded at .* to have received it from "alice"/);
    expect(statSync(ran.proof).size).toBeLessThan(8_000);
  });

  it('P-10: shows channel, audience and partition by the message’s own signature, with the sealed message', async () => {
    for (const [at, hash] of hashes.entries()) {
      const { proof } = await prove(hash, trail, '--record', records, '--with-record');
      const ran = await check(proof, '--json');
      expect(ran.exitCode).toBe(0);
      const { channel, type } = realm.sealed[at]!.facts;
      expect(json(ran)).toMatchObject({
        ok: true,
        proven: true,
        sender: 'alice',
        messageHash: hash,
        signature: { by: 'alice', message: { recipients: ['team'], channel, type, partition: 3 } },
        events: [
          { kind: 'message.sent', by: 'alice', place },
          { kind: 'message.received', by: 'bob', place },
        ],
      });
    }
  });

  it('says plainly what it shows where the message is gone', async () => {
    const ran = await prove(hashes[0]!, trail, '--no-record');
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toContain('The message’s own signature is not here');
    expect(json(await check(ran.proof, '--json'))).toMatchObject({
      proven: true,
      signature: null,
      sender: 'alice',
    });
    const other = realm.file('other.jsonl', `${exportedLine(realm.sealed[1]!)}\n`);
    const { out, exitCode } = await prove(hashes[0]!, trail, '--record', other);
    expect(exitCode).toBe(0);
    expect(out).toContain('does not hold it');
  });

  it('holds no payload, no record key and no key', async () => {
    const { proof } = await prove(hashes[0]!, trail, '--record', records, '--with-record');
    const bytes = readFileSync(proof);
    for (const secret of ['{"a":1}', Buffer.from('{"a":1}').toString('base64'), 'PRIVATE'])
      expect(bytes.includes(secret)).toBe(false);
    const { keyHash } = (JSON.parse(bytes.toString()) as { message: { keyHash: string } }).message;
    expect(keyHash).toBe(createHash('sha256').update('k').digest('hex'));
  });

  it('is made whatever stands between the events, with either line end', async () => {
    const text = textOf(...trailOf(realm).sent.lines);
    for (const other of [text.replaceAll('\n', '\r\n'), `junk\n\n{}\n${text}`]) {
      const ran = await prove(hashes[1]!, realm.file('again.jsonl', other), '--no-record');
      expect([ran.exitCode, ran.err]).toEqual([0, '']);
    }
  });

  it('goes to standard output where no file is named, and what people read beside it', async () => {
    const { out, err, exitCode } = await command(
      'audit',
      'prove',
      hashes[0]!,
      trail,
      ...trust(),
      '--no-record',
    );
    expect(exitCode).toBe(0);
    expect(decodeProof(Buffer.from(out)).messageHash.toString('hex')).toBe(hashes[0]);
    expect(err).toContain('PROVEN');
  });

  it('P-16: is not made of a receiver’s word alone, but of it and the message’s signature', async () => {
    const only = realm.file('received.jsonl', textOf(...trailOf(realm).received.lines));
    const bare = await prove(hashes[0]!, only, '--no-record');
    expect(bare.exitCode).toBe(1);
    expect(bare.out).toContain('only a receiver says so');
    expect(existsSync(bare.proof)).toBe(false);
    const signed = await prove(hashes[0]!, only, '--record', records);
    expect((await check(signed.proof)).exitCode).toBe(0);
  });

  it('is not made of what no checkpoint covers, and says so', async () => {
    const { sent } = trailOf(realm);
    const tail = realm.file('tail.jsonl', textOf(...sent.lines.slice(0, -1)));
    const { exitCode, out, proof } = await prove(hashes[0]!, tail, '--no-record', '--json');
    expect([exitCode, existsSync(proof)]).toEqual([1, false]);
    expect(out).toContain('no good checkpoint covers it yet');
    const none = await prove('00'.repeat(32), trail);
    expect([none.exitCode, none.out]).toEqual([1, expect.stringContaining('No event of this message')]);
  });
});

describe('a proof that was changed', () => {
  const judged = (file: Buffer): boolean => {
    try {
      return judgeProof(decodeProof(file), { directory, skewMs: 30_000 }).proven;
    } catch {
      return false;
    }
  };
  let files: readonly Buffer[];
  beforeAll(async () => {
    const ways = [['--record', records], ['--record', records, '--with-record'], ['--no-record']];
    files = await Promise.all(
      ways.map(async (words) => readFileSync((await prove(hashes[0]!, trail, ...words)).proof)),
    );
  });

  it('P-2, P-16: a changed byte anywhere makes it fail', () => {
    const change = fc.record({ which: fc.nat(2), at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(change, ({ which, at, by }) => {
        const file = Buffer.from(files[which]!);
        expect(judged(file)).toBe(true);
        file[at % file.length]! ^= by;
        expect(judged(file)).toBe(false);
      }),
      { numRuns: 600 },
    );
  });

  it('P-5 to P-14: so does a change of anything that it says, be its checksum made anew', () => {
    const change = fc.record({
      which: fc.nat(2),
      leaf: fc.nat(),
      at: fc.nat(),
      by: fc.integer({ min: 1, max: 15 }),
    });
    fc.assert(
      fc.property(change, ({ which, leaf, at, by }) => {
        const proof = JSON.parse(files[which]!.toString()) as Record<string, unknown>;
        const leaves = leavesOf(proof);
        const [holder, name] = leaves[leaf % leaves.length]!;
        const was = holder[name]!;
        if (typeof was === 'string') {
          fc.pre(was.length > 0);
          const place = at % was.length;
          const other = String.fromCharCode(was.charCodeAt(place) ^ by);
          fc.pre(/[ -~]/.test(other));
          holder[name] = was.slice(0, place) + other + was.slice(place + 1);
        } else holder[name] = was + by;
        expect(judged(withChecksum(proof))).toBe(false);
      }),
      { numRuns: 800 },
    );
  });

  /** All that a checker goes by: not the checksum, the serials, which are for people, and when a checkpoint was made. */
  function leavesOf(holder: object): [Record<string, string | number>, string][] {
    return Object.entries(holder).flatMap(([name, value]): [Record<string, string | number>, string][] => {
      if (['checksum', 'directory', 'at'].includes(name) || value === null) return [];
      return typeof value === 'object'
        ? leavesOf(value as object)
        : [[holder as Record<string, string | number>, name]];
    });
  }

  function withChecksum(proof: object): Buffer {
    const text = `${JSON.stringify({ ...proof, checksum: '0'.repeat(64) }, null, 2)}\n`;
    return Buffer.from(text.replace('0'.repeat(64), createHash('sha256').update(text).digest('hex')));
  }

  it.each<[string, (proof: AuditProof, other: AuditProof) => AuditProof, string]>([
    [
      'P-11: the signature of another message',
      (one, { message }) => ({ ...one, message }),
      'ERR_INTEGRITY_AUDIT',
    ],
    ['P-4: another realm', (one) => ({ ...one, realm: Buffer.alloc(16) }), 'ERR_POLICY_REALM'],
    [
      'P-12: a Proof record that is none',
      (one) => ({ ...one, message: { ...one.message!, proof: Buffer.from('02', 'hex') } }),
      'ERR_FORMAT_PROOF',
    ],
    [
      'P-13: a key that nobody has',
      (one) => ({
        ...one,
        message: { ...(one.message as never as object), senderKeyId: Buffer.alloc(16) } as never,
      }),
      'ERR_KEY_UNKNOWN',
    ],
  ])('%s is told', async (_, change, code) => {
    const [one, other] = await Promise.all(
      hashes.slice(0, 2).map(async (hash) => {
        const { proof } = await prove(hash, trail, '--record', records);
        return decodeProof(readFileSync(proof));
      }),
    );
    const file = realm.file('changed.json', encodeProof(change(one!, other!)));
    const ran = await check(file, '--json');
    expect(ran.exitCode).toBe(1);
    expect(json(ran)).toMatchObject({ ok: false, proven: false, code });
  });

  it.each<[string, object, string]>([
    ['P-15: another channel', { channel: 'other' }, 'another channel or type'],
    ['P-15: another type', { message_type: 'other' }, 'another channel or type'],
    ['P-15: another partition', { partition: 4 }, 'another partition'],
  ])('%s in the sender’s event than in the message is told', async (_, fields, why) => {
    const chain = new TestChain(realm.alice, 'a2'.repeat(16), Date.now());
    chain.add('message.sent', { ...saidOf(realm.sealed[0]!), ...place, ...fields });
    chain.checkpoint();
    const file = realm.file('lies.jsonl', textOf(...chain.lines));
    const ran = await prove(hashes[0]!, file, '--record', records, '--with-record');
    expect([ran.exitCode, ran.out]).toEqual([1, expect.stringContaining(why)]);
  });

  it('P-14: a sender that is not the one who signed the message proves nothing of it', async () => {
    const chain = new TestChain(realm.bob, 'a2'.repeat(16), Date.now());
    chain.add('message.sent', { ...saidOf(realm.sealed[0]!), ...place, sender_id: 'bob' });
    chain.checkpoint();
    const ran = await prove(hashes[0]!, realm.file('bob.jsonl', textOf(...chain.lines)), '--record', records);
    expect([ran.exitCode, existsSync(ran.proof)]).toEqual([1, false]);
    const own = await prove(hashes[0]!, realm.file('bob.jsonl', textOf(...chain.lines)), '--no-record');
    // Without the message that is what Bob’s own trail says of Bob; with Alice’s signature put in it falls.
    const { events, checkpoints } = decodeProof(readFileSync(own.proof));
    const mixed = encodeProof({ ...decodeProof(files[0]!), events, checkpoints });
    expect(json(await check(realm.file('mixed.json', mixed), '--json'))).toMatchObject({
      code: 'ERR_KEY_OWNER',
    });
  });
});

describe('the commands', () => {
  test.each<[string[], 1 | 2, string]>([
    [['no-such.json'], 2, 'ERR_USAGE_FILE'],
    [['no-such.json', '--threshold', '7'], 2, 'ERR_USAGE_ARGUMENT'],
  ])('check-proof %j exits %d', async (words, exitCode, code) => {
    const ran = await check(words[0]!, ...words.slice(1), '--json');
    expect([ran.exitCode, json(ran)['code']]).toEqual([exitCode, code]);
  });

  test('P-17: a directory that nobody can trust, or that expired before, is no verdict', async () => {
    const { proof } = await prove(hashes[0]!, trail, '--no-record');
    const otherRoot = realm.bob.publicKey.toString('base64url');
    const words = ['--directory', realm.made.directoryFile, '--root-key', otherRoot];
    expect((await command('audit', 'check-proof', proof, ...words)).exitCode).toBe(2);
    const decoded = decodeProof(readFileSync(proof));
    const late = {
      ...decoded,
      checkpoints: decoded.checkpoints.map((one) => ({ ...one, atMs: Date.now() + 4e11 })),
    };
    const ran = await check(realm.file('late.json', encodeProof(late)), '--json');
    expect([ran.exitCode, json(ran)['code']]).toEqual([2, 'ERR_UNABLE_DIRECTORY']);
  });

  test('a file that is no proof proves nothing', async () => {
    const ran = await check(realm.file('junk.json', 'junk'), '--json');
    expect([ran.exitCode, json(ran)]).toEqual([
      1,
      expect.objectContaining({ proven: false, code: 'ERR_FORMAT_PROOF' }),
    ]);
  });

  test.each<[string[], string]>([
    [['xyz', 'f'], '64 hex digits'],
    [['00'.repeat(32)], '--brokers'],
    [['00'.repeat(32), 'f', '--json'], '--out'],
    [['00'.repeat(32), 'f', '--topic', 't'], 'either a file'],
  ])('prove %j exits 2', async (words, message) => {
    const ran = await command('audit', 'prove', ...words, '--policy', realm.made.policyFile);
    expect([ran.exitCode, ran.out + ran.err]).toEqual([2, expect.stringContaining(message)]);
  });

  test('lets nothing in an event move the cursor of whoever looks at it', async () => {
    const chain = new TestChain(realm.alice, 'a3'.repeat(16), Date.now());
    chain.add('message.sent', { ...saidOf(realm.sealed[0]!), topic: '\u001b[2J\u202e', outcome: '\u009b' });
    chain.checkpoint();
    const { out, exitCode } = await prove(
      hashes[0]!,
      realm.file('cursor.jsonl', textOf(...chain.lines)),
      '--no-record',
    );
    expect(exitCode).toBe(0);
    expect(out).not.toMatch(/[\u001b\u009b\u202e]/);
  });
});
