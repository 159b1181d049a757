// Directory documents: what their form must be, whose names and keys they may hold.
import { afterEach, describe, expect, test } from '@jest/globals';
import { entryJson } from '../../src/directory/directory-entry.js';
import {
  closeAll,
  day,
  delegation,
  failure,
  follow,
  hour,
  issuer,
  issuerId,
  lab,
  latin1,
  made,
  makeRoot,
  newPair,
  now,
  open,
  pairs,
  people,
  realm,
  reasonOf,
  root,
  sealingKey,
  signedPayload,
  signingKey,
  type DocumentParts,
} from './world.js';

afterEach(closeAll);

const both = { issuers: [delegation(issuer, ['']), delegation(lab, ['lab'])] };

/** Why a document is not taken, beside a good one of the same issuer before it. */
async function reasonFor(parts: DocumentParts | Buffer): Promise<unknown> {
  const good = made();
  const bad = Buffer.isBuffer(parts) ? { line: parts } : made({ after: good, ...parts });
  const { directory } = await open([await makeRoot(), good, bad]);
  expect(directory.set.documents.get(issuerId)?.header.serial).toBe(1);
  expect(directory.has('alice')).toBe(true);
  return reasonOf(directory.problem);
}

describe('lines', () => {
  test('[D-1] a line has one spelling', async () => {
    const text = made({ serial: 2, previous: made().hash }).line.toString();
    for (const other of [
      ` ${text}`,
      `${text} `,
      text.replace('{"payload":', '{ "payload":'),
      text.replace('"payload":"', '"payload":"A'),
      text.replace('"payload":"', '"payload":"!'),
      text.replace('"signatures":[', '"more":1,"signatures":['),
      text.replace(']}', '],"more":1}'),
      text.replace('"keyId":"', '"keyId":"\\u0061'),
      text.slice(0, -1),
      text.slice(0, 100),
      text.replace(/"signature":"[^"]+"/, '"signature":""'),
      text.replace(/("keyId":")([0-9a-f]+)/, (_, head: string, id: string) => head + id.toUpperCase()),
      '',
      '{}',
    ]) {
      expect(other).not.toBe(text);
      const line = Buffer.from(other);
      const { directory } = await open([await makeRoot(), made(), { line }]);
      expect([directory.version, directory.set.documents.get(issuerId)?.header.serial]).toEqual([1, 1]);
      expect(directory.problem?.code).toBe('ERR_KEY_DIRECTORY');
    }
  });

  test('[D-1] more than 16 signatures, and more than 24 MiB, are refused', async () => {
    const { line } = made({ serial: 2 });
    const json = JSON.parse(line.toString()) as { payload: string; signatures: { keyId: string }[] };
    const crowd = Array.from({ length: 17 }, (_, i) => ({
      ...json.signatures[0]!,
      keyId: String(i).padStart(32, '0'),
    }));
    expect(await reasonFor(Buffer.from(JSON.stringify({ ...json, signatures: crowd })))).toBe('malformed');
    expect(await reasonFor(Buffer.alloc(24 * 1024 * 1024 + 1, line))).toBe('too-large');
  });

  test('[D-2] what is signed wrongly is refused for that, whatever else is wrong with it', async () => {
    const good = made();
    const header = (JSON.parse(made({ after: good }).line.toString()) as { payload: string }).payload;
    const first = Buffer.from(header, 'base64').toString().split('\n')[0]!;
    const wrong = signedPayload(Buffer.from(`${first}\n{"name":[[[`), newPair(), 2);
    const text = wrong.line.toString().replace(/("keyId":")[0-9a-f]+/, `$1${issuerId}`);
    const { directory } = await open([await makeRoot(), good, { line: Buffer.from(text) }]);
    expect(reasonOf(directory.problem)).toBe('signature');
  });

  test('[D-2] a signature for a root is none for a directory', async () => {
    const payload = Buffer.from(
      (JSON.parse(made({ serial: 2, previous: made().hash }).line.toString()) as { payload: string }).payload,
      'base64',
    );
    expect(await reasonFor(signedPayload(payload, issuer, 2, 'root').line)).toBe('signature');
  });
});

describe('form', () => {
  const json = entryJson(people()[0]!);
  test('[D-3] two spellings of one meaning are refused: white space, double members, escapes, byte order marks', async () => {
    for (const line of [
      json.replace('{', '{ '),
      json.replace('"name":"alice"', '"name":"alicf","name":"alice"'),
      json.replace('alice', '\\u0061lice'),
      `\uFEFF${json}`,
      json.replace('"suite":1', '"suite":1.0'),
      json.replace('2026-05-31T12:00:00.000Z', '2026-05-31T12:00:00Z'),
      json.replace('"suite":1', '"suite":1,"more":1'),
      json.replace(/"publicKey":"(.)/, '"publicKey":"$1='),
      'null',
      '[]',
      '',
    ]) {
      expect(line).not.toBe(json);
      expect(await reasonFor({ lines: [line] })).toBe('malformed');
    }
  });

  test.each([
    ['a suite of its own', json.replace('"suite":1', '"suite":2')],
    ['an unknown purpose', json.replace('message-signing', 'audit')],
    ['a name with a space', json.replace('"alice"', '"al ice"')],
    ['no possession', json.replace(/,"possession":"[^"]+"/, '')],
    ['no destroyAt', json.replace(/,"destroyAt":"[^"]+"/, '')],
    ['notAfter before notBefore', json.replace(/"notAfter":"2026/, '"notAfter":"2025')],
    ['destroyAt before notAfter', json.replace(/"destroyAt":"2026/, '"destroyAt":"2025')],
    ['a group that signs', json.replace('"keys"', '"members":[],"keys"')],
    ['shares for an agent', json.replace('}]}', ',"shares":[]}]}')],
  ])('[D-11] %s', async (_, line) => {
    expect(line).not.toBe(json);
    expect(await reasonFor({ lines: [line] })).toBe('malformed');
  });

  test('[D-11] names out of order or twice, and a payload that was cut off', async () => {
    const [alice, bob] = people();
    expect(await reasonFor({ entries: [bob!, alice!] })).toBe('malformed');
    expect(await reasonFor({ entries: [alice!, { ...alice!, keys: [] }] })).toBe('malformed');
    const good = made();
    const payload = Buffer.from(
      (JSON.parse(made({ after: good }).line.toString()) as { payload: string }).payload,
      'base64',
    );
    expect(await reasonFor(signedPayload(payload.subarray(0, -1), issuer, 2).line)).toBe('malformed');
  });

  test('[D-4] a key that is no point, or that stands in two places', async () => {
    const [, bob] = people();
    const off = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 7)]);
    expect(
      await reasonFor({
        lines: [json.replace(/"publicKey":"[^"]+"/, `"publicKey":"${off.toString('base64url')}"`)],
      }),
    ).toBe('malformed');
    for (const pair of [pairs.bob, issuer, root])
      expect(
        await reasonFor({
          entries: [bob!, { name: 'mallory', members: null, keys: [sealingKey('mallory', pair)] }],
        }),
      ).toBe('malformed');
    // Its negative is as good as the key itself.
    const negative = Buffer.from(pairs.bob.publicKey);
    const p = BigInt('0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff');
    const y = p - BigInt(`0x${negative.toString('hex', 33)}`);
    negative.write(y.toString(16).padStart(64, '0'), 33, 'hex');
    const twin = sealingKey('mallory', { ...pairs.bob, publicKey: negative });
    expect(await reasonFor({ entries: [bob!, { name: 'mallory', members: null, keys: [twin] }] })).toBe(
      'malformed',
    );
  });

  test('what makers write, readers read, field for field', async () => {
    const share = {
      member: 'alice',
      memberKeyId: Buffer.alloc(16, 1),
      encapsulated: Buffer.alloc(65, 2),
      wrapped: Buffer.alloc(48, 3),
    };
    const entries = [
      {
        name: 'alice',
        members: null,
        keys: [signingKey('alice', pairs.alice, { distrustFromMs: now, reason: 'laptop lost' })],
      },
      {
        name: 'team',
        members: ['alice', 'bob'],
        keys: [sealingKey('team', pairs.team, { shares: [share] })],
      },
    ];
    const { directory } = await open([await makeRoot(), made({ entries })]);
    expect(directory.set.documents.get(issuerId)?.entries).toEqual(entries);
  });
});

describe('whose word', () => {
  test('[D-10] only its issuer signs for an issuer, and a key that nobody delegated signs for nobody', async () => {
    expect(await reasonFor({ signer: newPair() })).toBe('signature');
    const first = await makeRoot(both);
    const good = made();
    // The lab's issuer signs what says that it is the other's.
    const theirs = made({ after: good, signer: lab });
    const stranger = made({ by: newPair() });
    const { directory } = await open([first, good, theirs, stranger]);
    expect(directory.set.documents.size).toBe(1);
    expect(reasonOf(directory.problem)).toBe('signature');
  });

  test('[D-10] an expired delegation signs nothing any more', async () => {
    const first = await makeRoot({
      issuers: [delegation(issuer, ['']), delegation(lab, ['lab'], { expiresAtMs: now - 2 * hour })],
    });
    const { directory } = await open([first, made(), made({ by: lab, entries: [] })]);
    expect(directory.set.documents.size).toBe(1);
    expect(reasonOf(directory.problem)).toBe('expired');
  });

  test('[D-12] a document of another realm is refused, also where the root is of another realm than the policy', async () => {
    expect(await reasonFor({ realm: Buffer.alloc(16) })).toBe('realm');
    const other = Buffer.alloc(16, 9);
    const error = await failure(async () => open([await makeRoot({ realm: other }), made({ realm: other })]));
    expect(reasonOf(error)).toBe('realm');
  });

  test('[D-13] names that are not the issuer’s to speak for refuse the document: foreign, undelegated, or another’s prefix', async () => {
    const entry = (name: string) => ({ entries: [{ name, members: null, keys: [] }] });
    const first = await makeRoot(both);
    for (const parts of [
      { by: lab, ...entry('alice') },
      { by: lab, ...entry('labs') },
      entry('lab'),
      entry('lab/x'),
    ]) {
      const { directory } = await open([first, made(parts)]);
      expect(directory.set.documents.size).toBe(0);
      expect(reasonOf(directory.problem)).toBe('delegation');
    }
  });

  test('[D-13] keys for a purpose that is not delegated refuse the document', async () => {
    const first = await makeRoot({ issuers: [delegation(issuer, [''], { purposes: ['sealing'] })] });
    const { directory } = await open([first, made()]);
    expect([directory.set.documents.size, reasonOf(directory.problem)]).toEqual([0, 'delegation']);
  });

  test('[D-13] what a later root takes away from an issuer counts for nothing, the rest stays', async () => {
    const first = await makeRoot();
    const theirs = made({
      entries: [...people(), { name: 'team/x', members: null, keys: [signingKey('team/x', lab)] }].sort(
        (a, b) => (a.name < b.name ? -1 : 1),
      ),
    });
    const { directory, offer } = await open([first, theirs]);
    expect([directory.has('team'), directory.has('team/x')]).toEqual([true, true]);
    const second = await follow(first, {
      issuers: [delegation(issuer, ['']), delegation(newPair(), ['team'])],
    });
    await offer(first, second, theirs);
    expect([directory.has('team'), directory.has('team/x'), directory.has('alice')]).toEqual([
      false,
      false,
      true,
    ]);
    expect(directory.signingKey(latin1('message-signing', lab))).toBeNull();
    expect(directory.sealingKey('team', now)).toBeNull();
    expect(directory.isMember('alice', 'team')).toBe(false);
    const third = await follow(second, { issuers: [delegation(issuer, [''], { purposes: ['sealing'] })] });
    await offer(first, second, third, theirs);
    expect(directory.signingKey(latin1('message-signing', pairs.alice))).toBeNull();
    expect(directory.sealingKey('alice', now)).not.toBeNull();
  });

  test('[D-25] a signing key without proof of possession is never used, nor does it displace its owner’s', async () => {
    const first = await makeRoot(both);
    // Listed under another name by another issuer, with the proof that Alice published.
    const { possession } = signingKey('alice', pairs.alice);
    const stolen = signingKey('lab/mallory', pairs.alice, { possession });
    const theirs = made({ by: lab, entries: [{ name: 'lab/mallory', members: null, keys: [stolen] }] });
    for (const issuers of [both.issuers, [...both.issuers].reverse()]) {
      const { directory } = await open([await makeRoot({ issuers }), made(), theirs]);
      expect(directory.signingKey(latin1('message-signing', pairs.alice))?.owner).toBe('alice');
    }
    const { directory } = await open([first, theirs]);
    expect(directory.has('lab/mallory')).toBe(true);
    expect(directory.signingKey(latin1('message-signing', pairs.alice))).toBeNull();
  });

  test('two issuers that list one sealing key: each finds its own by name', async () => {
    const twin = sealingKey('lab/x', pairs.team, { notAfterMs: now + day });
    const theirs = made({ by: lab, entries: [{ name: 'lab/x', members: null, keys: [twin] }] });
    const { directory } = await open([await makeRoot(both), made(), theirs]);
    const id = latin1('sealing', pairs.team);
    expect(directory.sealingKeyOf('team', id)?.notAfterMs).toBe(now + 90 * day);
    expect(directory.sealingKeyOf('lab/x', id)?.notAfterMs).toBe(now + day);
    expect(directory.sealingKeyById(id)?.owner).toBe('team');
    expect(realm).toEqual(directory.realm);
  });
});
