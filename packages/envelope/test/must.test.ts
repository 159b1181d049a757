// Each numbered MUST of SPEC.md that the envelope keeps, against messages forged by the second implementation.
import { describe, expect, it } from '@jest/globals';
import { KeyError, type HeaderField, type Received } from '@sealwire/core';
import { AvroReader } from '../src/avro-reader.js';
import { decodeSession } from '../src/session-codec.js';
import { build, lp, privateKey, prefix, scalars, sha256, types, u32, type Parts } from './reference.js';
import { nowMs, opener, receivedFrom, outgoing, sealer, world } from './world.js';

const w = world();

function record(given: Partial<Parts> = {}, change: Partial<Received> = {}): Received {
  const { record: value, key } = build(given);
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '0' },
    value,
    key,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: nowMs,
    ...change,
  };
}

async function verdict(received: Received, open = opener(w)): Promise<string> {
  const [outcome] = await open([received]);
  return outcome!.verified ? 'verified' : outcome!.code;
}

const honestHeader = {
  partition: 3,
  issuedAt: nowMs,
  stream: 0,
  sequence: 7,
  salt: Buffer.alloc(12),
  position: 5,
  correlation: null,
  causation: null,
  clear: null,
  tombstone: false,
};

const flip = (at: number) => (bytes: Buffer) => {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = copy[index]! ^ 1;
  return copy;
};
const splice =
  (at: number, remove: number, ...insert: number[]) =>
  (bytes: Buffer) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.from(insert), bytes.subarray(at + remove)]);

const readerOf = (hex: string) =>
  new AvroReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'ERR_FORMAT_ENVELOPE');

describe('the envelope', () => {
  it('opens what the second implementation sealed, so the forger below is honest where it is not told otherwise', async () => {
    expect(await verdict(record())).toBe('verified');
    expect(await verdict(record({ key: null }))).toBe('verified');
  });

  it('[E-1] refuses padded, overlong and out-of-range integers', async () => {
    for (const hex of [
      '80 00',
      '82 80 00',
      'ff ff ff ff ff ff ff ff 01',
      '80 80 80 80 80 80 80 80 80 01',
      'fe ff ff ff ff ff ff 7f',
      '80',
    ]) {
      expect(() => readerOf(hex).integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toThrow(
        'number',
      );
    }
    expect(() => readerOf('04').integer(0, 1)).toThrow('out of range');
    // The suite is the first byte of the session: 02, padded to 82 00.
    expect(await verdict(record({ change: { session: splice(0, 1, 0x82, 0x00) } }))).toBe(
      'ERR_FORMAT_SESSION',
    );
  });

  it('[E-1] reads every safe integer as it is written', () => {
    for (const value of [
      0,
      -1,
      63,
      64,
      -64,
      -65,
      2 ** 31 - 1,
      2 ** 32,
      2 ** 45 + 1,
      2 ** 52 - 1,
      -(2 ** 52),
    ]) {
      expect(readerOf(longHex(value)).integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toBe(value);
    }
  });

  it('[E-2] refuses arrays in several blocks, of negative count, or without their end', async () => {
    // The header of a plaintext with one header: … 02 (count) name values 00. A negative count says its bytes too.
    const headers = [{ name: 'a', values: [Buffer.from('b')] }];
    const end = types.plaintext.toBuffer({ encoding: 0, payload: Buffer.alloc(0), headers });
    const start = end.indexOf(Buffer.from('0202610202620000', 'hex'));
    expect(start).toBeGreaterThan(0);
    const cases = [
      ['01', '0a', '02610202620000'],
      ['02', '02610202620002', '02630202640000'],
      ['02', '026102026200'],
    ];
    for (const parts of cases) {
      const bytes = Buffer.concat([end.subarray(0, start), Buffer.from(parts.join(''), 'hex')]);
      expect(await verdict(record({ change: { plaintext: () => bytes } }))).toBe('ERR_FORMAT_BODY');
    }
    expect(await verdict(record({ change: { plaintext: () => end } }))).toBe('verified');
  });

  it('[E-3] refuses strings that are not UTF-8', async () => {
    const session = (bytes: Buffer) => {
      const at = bytes.indexOf('alice');
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 1)]);
    };
    expect(await verdict(record({ change: { session } }))).toBe('ERR_FORMAT_SESSION');
  });

  it.each([
    ['session', 'ERR_FORMAT_SESSION'],
    ['header', 'ERR_FORMAT_HEADER'],
    ['plaintext', 'ERR_FORMAT_BODY'],
    ['proof', 'ERR_FORMAT_PROOF'],
    ['record', 'ERR_FORMAT_ENVELOPE'],
  ] as const)('[E-4] refuses bytes behind the end of %s', async (part, code) => {
    expect(
      await verdict(
        record({ change: { [part]: (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([0])]) } }),
      ),
    ).toBe(code);
  });

  it('[E-5] refuses an unknown suite', async () => {
    expect(await verdict(record({ session: { suite: 2 } }))).toBe('ERR_FORMAT_SUITE');
  });

  it('[E-6] refuses what is not sealed', async () => {
    for (const value of ['', 'plain text', '{"a":1}', '\u00c3']) {
      expect(await verdict({ ...record(), value: Buffer.from(value, 'latin1') })).toBe(
        'ERR_FORMAT_NOT_SEALED',
      );
    }
  });

  it('[E-7] refuses another version', async () => {
    expect(await verdict(record({ change: { record: flip(5) } }))).toBe('ERR_FORMAT_VERSION');
  });

  it('[E-8] refuses a record over the limit unread', async () => {
    const big = { ...record(), value: Buffer.alloc(20 * 1024 * 1024) };
    expect(await verdict(big)).toBe('ERR_FORMAT_SIZE');
    const received = record();
    expect(await verdict(received, opener(w, w.team, received.value!.length))).toBe('verified');
    expect(await verdict(received, opener(w, w.team, received.value!.length - 1))).toBe('ERR_FORMAT_SIZE');
  });

  it('[E-9] refuses every truncation', async () => {
    const { value } = record();
    const open = opener(w);
    for (let length = 0; length < value!.length; length++) {
      const code = await verdict({ ...record(), value: value!.subarray(0, length) }, open);
      expect(code).toMatch(/^ERR_FORMAT_(NOT_SEALED|ENVELOPE)$/);
    }
  });

  it('[E-10] allocates nothing that a number in a message announces', async () => {
    // Every length is a lie of 2^31-1 and more; a five-byte message too.
    for (const hex of ['feffffff0f', 'feffffffffffff3f', '80808080808080']) {
      const value = Buffer.concat([prefix, Buffer.from(hex, 'hex')]);
      expect(await verdict({ ...record(), value })).toBe('ERR_FORMAT_ENVELOPE');
    }
    expect(await verdict({ ...record(), value: Buffer.from('80c2d72f00', 'hex') })).toBe(
      'ERR_FORMAT_NOT_SEALED',
    );
    const audience = (bytes: Buffer) => {
      const at = bytes.indexOf('\u0002\u0008team');
      return Buffer.concat([bytes.subarray(0, at), Buffer.from('feffffff0f', 'hex'), bytes.subarray(at + 1)]);
    };
    expect(await verdict(record({ change: { session: audience } }))).toBe('ERR_FORMAT_SESSION');
  });

  it.each([
    ['no sender', { sender: '' }],
    ['a sender of 256 bytes', { sender: 'a'.repeat(256) }],
    ['no audience', { audience: [] }],
    ['33 in the audience', { audience: Array.from({ length: 33 }, (_, i) => String.fromCharCode(65 + i)) }],
    ['an audience out of order', { audience: ['team', 'alpha'] }],
    ['a name twice in the audience', { audience: ['team', 'team'] }],
    ['an epoch of no length', { epochLength: 0 }],
    ['an epoch before 1970', { epochStart: -1 }],
    ['no channel', { channel: '' }],
    ['no type', { type: '' }],
    ['a schema hash of 31 bytes', { schema: Buffer.alloc(31) }],
    ['an unknown content type', { contentType: 7 }],
    ['a content type named and numbered', { contentTypeName: 'x' }],
    ['a content type neither named nor numbered', { contentType: 0 }],
    ['a content type by name that has a number', { contentType: 0, contentTypeName: 'application/json' }],
    ['no wraps', { wraps: [] }],
    ['a wrap twice', { wraps: [build().wrap, build().wrap] }],
    ['suite 0', { suite: 0 }],
  ])('[E-11] refuses a session with %s', async (_, session) => {
    expect(await verdict(record({ session }))).toBe('ERR_FORMAT_SESSION');
  });

  it('[E-12] refuses a session reference, known or not', async () => {
    const open = opener(w);
    expect(await verdict(record(), open)).toBe('verified');
    const { header, body, mac, proof, S, key } = build();
    const value = Buffer.concat([
      prefix,
      types.message.toBuffer({ session: S.subarray(0, 16), header, body, mac, proof }),
    ]);
    expect(await verdict({ ...record(), value, key }, open)).toBe('ERR_FORMAT_SESSION_REFERENCE');
  });

  it('[E-13] keeps nothing of a session that no signature vouched for', async () => {
    let unwraps = 0;
    const counting = {
      ...w.team,
      unwrap: (...args: Parameters<typeof w.team.unwrap>) => (unwraps++, w.team.unwrap(...args)),
    };
    const open = opener(w, counting);
    const unsigned = record({ change: { proof: flip(-1) } });
    expect(await verdict(unsigned, open)).toBe('ERR_INTEGRITY_SIGNATURE');
    expect(unwraps).toBe(0);
    expect(await verdict(record(), open)).toBe('verified');
    expect(await verdict(record({ header: { sequence: 8 } }), open)).toBe('verified');
    expect(unwraps).toBe(1);
  });

  it.each([
    ['a partition below −1', { partition: -2 }],
    ['a time before 1970', { issuedAt: -1 }],
    ['a stream of 2^32', { stream: 2 ** 32 }],
    ['a negative sequence', { sequence: -1 }],
    ['a negative position', { position: -1 }],
    ['an empty list of clear names', { clear: { names: [], digest: Buffer.alloc(32) } }],
    ['clear names out of order', { clear: { names: ['b', 'a'], digest: Buffer.alloc(32) } }],
  ])('[E-14] refuses a header with %s', async (_, header) => {
    // avsc writes any number; the forger seals with position 5 all the same, for nothing gets that far.
    const bytes = types.header.toBuffer({ ...honestHeader, ...header });
    expect(await verdict(record({ change: { header: () => bytes } }))).toBe('ERR_FORMAT_HEADER');
  });

  it('[E-14] refuses a boolean or a union branch that is neither 0 nor 1', async () => {
    expect(await verdict(record({ change: { header: splice(-1 + build().header.length, 1, 2) } }))).toBe(
      'ERR_FORMAT_HEADER',
    );
    expect(await verdict(record({ change: { header: splice(-2 + build().header.length, 1, 4) } }))).toBe(
      'ERR_FORMAT_HEADER',
    );
  });

  it('[E-16] holds clear headers to their digest and hands over no others', async () => {
    const fields: HeaderField[] = [
      { name: 'content-type', values: [Buffer.from('a'), Buffer.from('b')] },
      { name: 'x', values: [Buffer.from('unsealed')] },
    ];
    const digest = sha256(
      lp(Buffer.from('content-type')),
      u32(2),
      lp(Buffer.from('a')),
      lp(Buffer.from('b')),
    );
    const given = { header: { clear: { names: ['content-type'], digest } } };
    const [opened] = await opener(w)([record(given, { headers: fields })]);
    expect(opened).toMatchObject({ verified: true, headers: [{ name: 'content-type' }] });
    const changed = [
      [],
      [{ name: 'content-type', values: [Buffer.from('ab')] }],
      [{ name: 'content-type', values: [Buffer.from('b'), Buffer.from('a')] }],
      [...fields, fields[0]!],
    ];
    for (const headers of changed)
      expect(await verdict(record(given, { headers }))).toBe('ERR_POLICY_HEADERS');
  });

  it('[E-17] refuses a message that lies in another partition, or came by a transport without', async () => {
    const source = { transport: 'kafka', topic: 'tasks', partition: 4, offset: '0' } as const;
    expect(await verdict(record({}, { source }))).toBe('ERR_POLICY_PARTITION');
    const queue = {
      transport: 'rabbitmq',
      queue: 'tasks',
      exchange: '',
      routingKey: 'tasks',
      deliveryTag: 1,
    } as const;
    expect(await verdict(record({}, { source: queue }))).toBe('ERR_POLICY_PARTITION');
    expect(await verdict(record({ header: { partition: -1 } }, { source: queue }))).toBe('verified');
    expect(await verdict(record({ header: { partition: -1 } }))).toBe('ERR_POLICY_PARTITION');
  });

  it('[E-18] refuses a message that is wrapped for others, and asks the store for no key it lacks', async () => {
    const stranger = {
      ...w.team,
      holds: () => false,
      unwrap: () => {
        throw new Error('must not be asked');
      },
    };
    expect(await verdict(record(), opener(w, stranger))).toBe('ERR_KEY_NOT_FOR_ME');
  });

  it('[E-18] asks for every message whether the key is still held, whatever is kept', async () => {
    let held = true;
    const open = opener(w, { ...w.team, holds: (id) => held && w.team.holds(id) });
    expect(await verdict(record(), open)).toBe('verified');
    held = false;
    expect(await verdict(record(), open)).toBe('ERR_KEY_NOT_FOR_ME');
  });

  it('[E-19] refuses a wrap that does not open, or not to 32 bytes', async () => {
    const { wrap } = build();
    for (const wraps of [
      [{ ...wrap, wrapped: flip(3)(wrap.wrapped) }],
      [{ ...wrap, encapsulated: Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 9)]) }],
      [{ ...wrap, encapsulated: Buffer.alloc(65) }],
      [{ ...wrap, encapsulated: wrap.encapsulated.subarray(0, 33) }],
    ]) {
      expect(await verdict(record({ session: { wraps } }))).toBe('ERR_KEY_WRAP');
    }
    expect(await verdict(record({ dataKeyBytes: 31 }))).toBe('ERR_KEY_WRAP');
  });

  it('[E-19] tells a store that fails from a wrap that does not open', async () => {
    const failing = { ...w.team, unwrap: () => Promise.reject(new Error('token away')) };
    await expect(opener(w, failing)([record()])).rejects.toMatchObject({ code: 'ERR_UNABLE_KEY_STORE' });
    const refusing = { ...w.team, unwrap: () => Promise.reject(new KeyError('ERR_KEY_WRAP', 'no')) };
    expect(await verdict(record(), opener(w, refusing))).toBe('ERR_KEY_WRAP');
  });

  it('[E-20] refuses a body whose tag does not hold, though mac and signature do', async () => {
    expect(await verdict(record({ change: { body: flip(0) } }))).toBe('ERR_INTEGRITY_SEAL');
    expect(await verdict(record({ change: { body: flip(-1) } }))).toBe('ERR_INTEGRITY_SEAL');
    expect(await verdict(record({ change: { body: () => Buffer.alloc(15) } }))).toBe('ERR_INTEGRITY_SEAL');
  });

  it.each([
    ['an encoding that there is not', { encoding: 3 }],
    ['a header twice', { headers: [1, 2].map(() => ({ name: 'a', values: [Buffer.from('b')] })) }],
    ['a header without values', { headers: [{ name: 'a', values: [] }] }],
    [
      '257 headers',
      { headers: Array.from({ length: 257 }, (_, i) => ({ name: `${i}`, values: [Buffer.alloc(1)] })) },
    ],
  ])('[E-21] refuses a plaintext with %s', async (_, plaintext) => {
    expect(await verdict(record({ plaintext }))).toBe('ERR_FORMAT_BODY');
  });

  it('[E-21] refuses a header that is both sealed and bound in clear', async () => {
    const digest = sha256(lp(Buffer.from('a')), u32(1), lp(Buffer.from('b')));
    const headers = [{ name: 'a', values: [Buffer.from('b')] }];
    const given = { header: { clear: { names: ['a'], digest } }, plaintext: { headers } };
    expect(await verdict(record(given, { headers }))).toBe('ERR_FORMAT_BODY');
  });

  it.each([
    ['a tree of none', { treeSize: 0 }],
    ['a tree of 4097', { treeSize: 4097 }],
    ['an index at the size', { leafIndex: 1 }],
    ['a negative index', { leafIndex: -1 }],
    ['a path where there is none', { path: Buffer.alloc(32) }],
    ['a path that is too short', { treeSize: 2 }],
    ['a path of 31 bytes', { treeSize: 2, path: Buffer.alloc(31) }],
    ['a signature of 63 bytes', { signature: Buffer.alloc(63) }],
    ['a signature of 65 bytes', { signature: Buffer.alloc(65) }],
  ])('[E-22] refuses a proof with %s', async (_, proof) => {
    expect(await verdict(record({ proof }))).toBe('ERR_FORMAT_PROOF');
  });

  it('[E-23] refuses a signature that does not cover the message', async () => {
    expect(await verdict(record({ change: { proof: flip(-1) } }))).toBe('ERR_INTEGRITY_SIGNATURE');
    expect(await verdict(record({ proof: { signature: Buffer.alloc(64) } }))).toBe('ERR_INTEGRITY_SIGNATURE');
    expect(await verdict({ ...record(), key: Buffer.from('other') })).toBe('ERR_INTEGRITY_SIGNATURE');
    expect(await verdict({ ...record(), key: null })).toBe('ERR_INTEGRITY_SIGNATURE');
    expect(privateKey(scalars.alice).asymmetricKeyType).toBe('ec');
  });

  it('[E-23] gives the same verdict whatever is kept: no node of the path can be changed after the first', async () => {
    const batch = Array.from({ length: 64 }, () => outgoing());
    const records = sealer(w)(batch).map((sealed) => receivedFrom(sealed));
    const open = opener(w);
    for (const received of records.slice(0, 60)) expect(await verdict(received, open)).toBe('verified');
    const last = records[63]!;
    const signatureStart = last.value!.length - 64;
    // Six nodes of 32 bytes stand before the signature and its length (two bytes).
    for (let node = 0; node < 6; node++) {
      const value = flip(signatureStart - 2 - 32 * (6 - node))(last.value!);
      expect(await verdict({ ...last, value }, open)).toBe('ERR_INTEGRITY_SIGNATURE');
      expect(await verdict({ ...last, value }, opener(w))).toBe('ERR_INTEGRITY_SIGNATURE');
    }
    expect(await verdict(last, open)).toBe('verified');
  });

  it('[E-24] refuses a mac that differs, before it decrypts', async () => {
    expect(await verdict(record({ change: { mac: flip(0) } }))).toBe('ERR_INTEGRITY_MAC');
    expect(await verdict(record({ change: { mac: flip(31), body: flip(0) } }))).toBe('ERR_INTEGRITY_MAC');
    expect(await verdict(record({ change: { mac: (mac) => mac.subarray(0, 16) } }))).toBe(
      'ERR_FORMAT_ENVELOPE',
    );
  });

  it('[E-30] refuses every wrong pairing of null value, flag, body and mac', async () => {
    const tombstone = build({ tombstone: true });
    const asTombstone = (value: Buffer) => ({
      ...record(),
      value: null,
      headers: [{ name: 'sealwire', values: [value] }],
    });
    expect(await verdict(asTombstone(tombstone.record))).toBe('verified');
    expect(await verdict({ ...record(), value: tombstone.record })).toBe('ERR_FORMAT_TOMBSTONE');
    expect(await verdict(asTombstone(build().record))).toBe('ERR_FORMAT_TOMBSTONE');
    const withBody = build({ tombstone: true, change: { body: () => Buffer.alloc(20) } });
    expect(await verdict(asTombstone(withBody.record))).toBe('ERR_FORMAT_TOMBSTONE');
    const withMac = build({ tombstone: true, change: { mac: () => Buffer.alloc(32) } });
    expect(await verdict(asTombstone(withMac.record))).toBe('ERR_FORMAT_TOMBSTONE');
    expect(await verdict(record({ change: { mac: () => Buffer.alloc(0) } }))).toBe('ERR_FORMAT_TOMBSTONE');
  });

  it('[E-31] refuses a tombstone without exactly one envelope', async () => {
    const { record: value } = build({ tombstone: true });
    const header = { name: 'sealwire', values: [value] };
    for (const headers of [
      [],
      [{ name: 'sealwire', values: [] }],
      [{ name: 'sealwire', values: [value, value] }],
      [header, header],
    ]) {
      expect(await verdict({ ...record(), value: null, headers })).toBe('ERR_FORMAT_NOT_SEALED');
    }
  });

  it('refuses a message in which any single byte was changed', async () => {
    const received = record();
    const open = opener(w);
    for (let at = 0; at < received.value!.length; at++) {
      expect(await verdict({ ...received, value: flip(at)(received.value!) }, open)).toMatch(/^ERR_/);
    }
  });

  it('keeps no view on the fetched bytes in a session', () => {
    const fetched = build().session;
    const session = decodeSession(fetched);
    fetched.fill(0);
    expect(session.sender).toBe('alice');
    expect(session.realm[15]).toBe(15);
  });
});

function longHex(value: number): string {
  let raw = value >= 0 ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n;
  const bytes: number[] = [];
  while (raw >= 0x80n) {
    bytes.push(Number(raw & 0x7fn) | 0x80);
    raw >>= 7n;
  }
  bytes.push(Number(raw));
  return Buffer.from(bytes).toString('hex');
}
