// What a private key file must be, and what each way of being wrong is called.
import { generateKeyPairSync } from 'node:crypto';
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
import {
  everybodyReads,
  ownerOnly,
  readPrivateKeyFile,
  writeNewFile,
  writePrivateKeyFile,
} from '../src/index.js';
import { newFolder, newKey, thrown } from './made.js';

const passphrase = 'correct horse battery staple';

function written(key = newKey()): string {
  const file = join(newFolder(), 'key.pem');
  writePrivateKeyFile(file, key, passphrase);
  return file;
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
    expect(readPrivateKeyFile(written(key), passphrase)).toEqual(key);
  }
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

test('a key that OpenSSL encrypted with scrypt is read', () => {
  // openssl pkcs8 -topk8 -scrypt, of a key made for this test alone.
  const file = holding(scryptPem);
  expect(readPrivateKeyFile(file, 'x').publicKey[0]).toBe(4);
});

describe('a file is refused', () => {
  const refusal = (file: string, with_ = passphrase) => {
    const error = thrown(() => readPrivateKeyFile(file, with_));
    expect(error.code).toBe('ERR_KEY_FILE');
    expect(error.message).toContain(file);
    expect(error.message).not.toContain(passphrase);
    return error.message;
  };

  test('for a wrong passphrase, every time', () => {
    const file = written();
    // One in 256 wrong passphrases gives valid padding, which OpenSSL reports in other words.
    for (let i = 0; i < 600; i++) expect(refusal(file, `wrong ${i}`)).toContain('passphrase is wrong');
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

  test('when it is missing, a folder, or far too large', () => {
    expect(refusal('/nowhere/key.pem')).toContain('ENOENT');
    expect(refusal(newFolder())).toContain('not a file');
    expect(refusal(holding('x'.repeat(20_000)))).toContain('larger than');
  });
});

const scryptPem = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgJzPlapq1U9gICQAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBDWJo4XRsCGhIlWRp+YOdj2BIGQVT5YWzURLRrE
6NZMjuUkJ6MJYkUsi63C2DcImGm69biWeMsvQ0CHrJm11tspYWJdL8sgHLgWNkmg
dPt6SyU0L0Mlm4tr6OHTQZdraZTMuLKFz7yY1kHK0yuC7ssiXN/E+b9A7sSzWB8b
AoIOrlJJKcxYlGT5ABU008Wn/sUiKJbbKLQO6nby4PPxbz6jpj/+
-----END ENCRYPTED PRIVATE KEY-----
`;
