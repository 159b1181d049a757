// What a private key file must be, and what each way of being wrong is called.
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SealwireError } from '@sealwire/core';
import { der, derInteger, derTag } from '../src/der.js';
import { encryptedKeyDer } from '../src/encrypted-key.js';
import {
  everybodyReads,
  keyEncryption,
  ownerOnly,
  readPrivateKeyFile,
  replaceFile,
  writeNewFile,
  writePrivateKeyFile,
  type KeyEncryption,
} from '../src/index.js';
import { newFolder, newKey } from './key-world.js';

const passphrase = 'correct horse battery staple';
/** Stretched once for all tests. */
const encryption = keyEncryption(passphrase);

function written(key = newKey()): string {
  const file = join(newFolder(), 'key.pem');
  writePrivateKeyFile(file, key, encryption);
  return file;
}

function thrown(call: () => unknown): SealwireError {
  try {
    call();
  } catch (error) {
    if (error instanceof SealwireError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function holding(pem: string, mode = 0o600): string {
  const file = join(newFolder(), 'key.pem');
  writeFileSync(file, pem, { mode });
  return file;
}

const exported = (namedCurve: string): string =>
  generateKeyPairSync('ec', { namedCurve })
    .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();

test('a key comes back as it was, a hundred times', () => {
  for (let i = 0; i < 100; i++) {
    const key = newKey();
    expect(readPrivateKeyFile(written(key), encryption)).toEqual(key);
  }
});

test('a passphrase alone opens it too', () => {
  const key = newKey();
  expect(readPrivateKeyFile(written(key), passphrase)).toEqual(key);
});

test('the file is encrypted PKCS#8, mode 600, and nothing stands beside it', () => {
  const file = written();
  expect(readFileSync(file, 'latin1')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(file))).toEqual(['key.pem']);
});

test('an existing file is never overwritten', () => {
  const file = written();
  const before = readFileSync(file);
  expect(thrown(() => writePrivateKeyFile(file, newKey(), passphrase)).message).toContain(
    'is not overwritten',
  );
  expect(readFileSync(file)).toEqual(before);
});

test('a folder that is not there is told, and nothing is left behind', () => {
  expect(thrown(() => writeNewFile('/nowhere/at/all', 'x', ownerOnly)).message).toContain('ENOENT');
});

test('public files are at most readable by others', () => {
  const file = join(newFolder(), 'public');
  writeNewFile(file, 'x', everybodyReads);
  // The user's umask may take away more, never add.
  expect(statSync(file).mode & 0o777 & ~0o644).toBe(0);
  expect(statSync(file).mode & 0o600).toBe(0o600);
});

test('an empty passphrase does not encrypt', () => {
  expect(thrown(() => writePrivateKeyFile(join(newFolder(), 'k'), newKey(), '')).message).toContain('empty');
});

describe('openssl', () => {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'] });
  const pass = `pass:${passphrase}`;

  test('reads what is written here', () => {
    const key = newKey();
    const pem = openssl('pkcs8', '-in', written(key), '-passin', pass);
    const { d, x } = createPrivateKey(pem).export({ format: 'jwk' });
    expect(d).toBe(key.scalar.toString('base64url'));
    expect(x).toBe(key.publicKey.subarray(1, 33).toString('base64url'));
    expect(openssl('asn1parse', '-in', written())).toMatch(
      /PBES2[^]*scrypt[^]*:4000[^]*:08[^]*:05[^]*aes-256-cbc/,
    );
  });

  test.each([
    ['scrypt', ['-scrypt']],
    ['scrypt with other costs', ['-scrypt', '-scrypt_N', '1024', '-scrypt_r', '16', '-scrypt_p', '2']],
    ['PBKDF2', ['-v2', 'aes-256-cbc', '-iter', '10000']],
  ])('encrypts with %s, and it is read here', (_, options) => {
    const folder = newFolder();
    const [plain, file] = [join(folder, 'plain.pem'), join(folder, 'key.pem')];
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(plain, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    openssl('pkcs8', '-topk8', ...options, '-in', plain, '-out', file, '-passout', pass);
    chmodSync(file, 0o600);
    const { d } = privateKey.export({ format: 'jwk' });
    expect(readPrivateKeyFile(file, passphrase).scalar.toString('base64url')).toBe(d);
  });
});

test('many files of one writer are stretched for once, and have an IV each', () => {
  const ivs = new Set<string>();
  const salts = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const body = Buffer.from(readFileSync(written(), 'latin1').replaceAll(/-----.*-----|\n/g, ''), 'base64');
    salts.add(body.subarray(0, 68).toString('hex'));
    ivs.add(body.subarray(68, 104).toString('hex'));
  }
  expect([salts.size, ivs.size]).toEqual([1, 20]);
});

test('a file is replaced whole, or not at all', () => {
  const file = join(newFolder(), 'state');
  replaceFile(file, 'one', ownerOnly);
  replaceFile(file, 'two', ownerOnly);
  expect(readFileSync(file, 'latin1')).toBe('two');
  expect(thrown(() => replaceFile('/nowhere/at/all', 'x', ownerOnly)).message).toContain('ENOENT');
  expect(readdirSync(dirname(file))).toEqual(['state']);
});

describe('a file is refused', () => {
  const refusal = (file: string, with_: string | KeyEncryption = encryption) => {
    const error = thrown(() => readPrivateKeyFile(file, with_));
    expect(error.code).toBe('ERR_KEY_FILE');
    expect(error.message).toContain(file);
    expect(error.message).not.toContain(passphrase);
    return error.message;
  };

  test('for a wrong passphrase, every time', () => {
    // One in 256 of them ends in what looks like padding. A stretched passphrase meets other bytes in each file.
    const wrong = keyEncryption('wrong');
    for (let i = 0; i < 600; i++) expect(refusal(written(), wrong)).toContain('passphrase is wrong');
  });

  test.each([1, 40, 200, 300])('when it was cut off after %d characters', (length) => {
    const pem = readFileSync(written(), 'latin1');
    expect(refusal(holding(pem.slice(0, length)))).toContain('half-written');
  });

  test('when a line in the middle is missing', () => {
    const lines = readFileSync(written(), 'latin1').split('\n');
    expect(refusal(holding(lines.toSpliced(2, 1).join('\n')))).toContain('damaged');
  });

  test('when it is empty', () => expect(refusal(holding(''))).toContain('PEM'));

  test('when it holds two keys', () => {
    const pem = readFileSync(written(), 'latin1');
    expect(refusal(holding(pem + pem))).toContain('one whole PEM block');
  });

  test('when the key is not encrypted', () => {
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    expect(refusal(holding(pem.toString()))).toContain('not an encrypted PKCS#8 key');
  });

  test.each(['P-384', 'secp256k1'])('when it is a key of %s', (curve) => {
    expect(refusal(holding(exported(curve)))).toContain('not a P-256 key');
  });

  test('when it is an RSA key', () => {
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase,
    });
    expect(refusal(holding(pem.toString()))).toContain('not a P-256 key');
  });

  test.each([0o640, 0o604, 0o620, 0o644, 0o601])(
    'when its mode is %o, with the command that mends it',
    (mode) => {
      const file = written();
      chmodSync(file, mode);
      expect(refusal(file)).toContain(`chmod 600 ${file}`);
    },
  );

  test('when a link leads to a file that others may read', () => {
    const target = written();
    chmodSync(target, 0o644);
    const link = join(dirname(target), 'link.pem');
    symlinkSync(target, link);
    expect(refusal(link)).toContain('chmod 600');
  });

  test('when its path needs quoting, the command is quoted', () => {
    const folder = join(newFolder(), "it's a folder");
    mkdirSync(folder);
    const file = join(folder, 'k.pem');
    writeFileSync(file, 'x');
    chmodSync(file, 0o644);
    expect(refusal(file)).toContain("it'\\''s a folder/k.pem'");
  });

  test.each([
    ['N = 2^38', { cost: 2 ** 38, blockSize: 8, parallelization: 1 }],
    ['more memory than is given', { cost: 2 ** 18, blockSize: 8, parallelization: 1 }],
    ['too much work', { cost: 2 ** 14, blockSize: 8, parallelization: 1000 }],
    ['N that is no power of two', { cost: 20_000, blockSize: 8, parallelization: 1 }],
    ['r = 0', { cost: 2 ** 14, blockSize: 0, parallelization: 1 }],
  ])('when it asks for %s, before anything is computed', (_, costs) => {
    const scrypt = { ...costs, salt: Buffer.alloc(16) };
    expect(refusal(holding(pemOf(encryptedKeyDer(scrypt, Buffer.alloc(16), Buffer.alloc(144)))))).toContain(
      'beyond the limits',
    );
  });

  test('when PBKDF2 would take minutes', () => {
    const oid = (hex: string) => der(derTag.object, Buffer.from(hex, 'hex'));
    const kdf = der(
      derTag.sequence,
      oid('2a864886f70d01050c'),
      der(derTag.sequence, der(derTag.octets, Buffer.alloc(8)), derInteger(2_000_001)),
    );
    const cipher = der(derTag.sequence, oid('60864801650304012a'), der(derTag.octets, Buffer.alloc(16)));
    const algorithm = der(derTag.sequence, oid('2a864886f70d01050d'), der(derTag.sequence, kdf, cipher));
    const bomb = der(derTag.sequence, algorithm, der(derTag.octets, Buffer.alloc(144)));
    expect(refusal(holding(pemOf(bomb)))).toContain('encrypted in a way that is not read here');
  });

  test('when any byte of its frame is cut or changed, and never with another error', () => {
    const body = Buffer.from(readFileSync(written(), 'latin1').replaceAll(/-----.*-----|\n/g, ''), 'base64');
    const frame = body.length - 144;
    for (let at = 0; at < frame; at++) {
      const changed = Buffer.from(body);
      changed[at]! ^= 0x80;
      // A byte of salt or IV costs a stretch; the frame around them is what is parsed.
      if (at < 36 || (at >= 52 && at < frame - 20)) refusal(holding(pemOf(changed)), encryption);
      refusal(holding(pemOf(body.subarray(0, at))));
    }
  });

  test('when it is missing, a folder, or far too large', () => {
    expect(refusal('/nowhere/key.pem')).toContain('ENOENT');
    expect(refusal(newFolder())).toContain('not a file');
    expect(refusal(holding('x'.repeat(20_000)))).toContain('larger than');
  });
});

const pemOf = (bytes: Buffer): string =>
  `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${bytes.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
