// What the guard says about certificates, keys and passwords that cannot be used.
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock, type SealwireError, type Transport } from '@sealwire/core';
import { loadPolicy, openConnectionGuard } from '../src/index.js';
import { newAuthority, past, type Authority } from './certificates.js';
import { least, newFolder, thrown } from './made.js';

let authority: Authority;
let expired: Authority;
beforeAll(async () => {
  authority = await newAuthority('authority');
  expired = await newAuthority('expired', past());
});

let folder: string;
beforeEach(async () => {
  folder = newFolder();
  const client = await authority.issue('alice', []);
  write('ca.crt', authority.certificate);
  write('alice.crt', client.certificate);
  write('alice.key', client.privateKey);
  write('password', 'secret\n');
});

const write = (name: string, data: string, mode = 0o600): void => {
  rmSync(join(folder, name), { force: true });
  writeFileSync(join(folder, name), data, { mode });
  chmodSync(join(folder, name), mode);
};

const tls = 'tls: { ca_file: ca.crt, cert_file: alice.crt, key_file: alice.key }';
function open(connection = tls, transport: Transport = 'kafka', env: Record<string, string> = {}) {
  write('sealwire.yaml', `${least}connections: { ${transport}: { ${connection} } }\n`);
  const policy = loadPolicy(join(folder, 'sealwire.yaml'), { agent: 'alice' });
  return openConnectionGuard(policy, transport, 'alice', { env, execArgv: [] });
}
const refused = (connection?: string, transport?: Transport): SealwireError =>
  thrown(() => open(connection, transport));

describe('TLS cannot be set up', () => {
  const expectTls = (file: string, problem: string): void => {
    const error = refused();
    expect(error.code).toBe('ERR_USAGE_TLS');
    expect(error.message).toContain(`connections.kafka: ${join(folder, file)}`);
    expect(error.message).toContain(problem);
  };

  test.each(['ca.crt', 'alice.crt', 'alice.key'])('when %s is missing', (name) => {
    rmSync(join(folder, name));
    expectTls(name, 'cannot be read (ENOENT)');
  });

  test.each(['ca.crt', 'alice.crt'])('when %s is no PEM', (name) => {
    write(name, 'nonsense');
    expectTls(name, 'holds no certificate in PEM');
  });

  test.each(['ca.crt', 'alice.crt'])('when %s is damaged', (name) => {
    write(name, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    expectTls(name, 'certificate 1 is damaged');
  });

  test('when the key is no PEM, and its content is not told', () => {
    write('alice.key', 'nonsense');
    expectTls('alice.key', 'is not a private key in PEM');
    expect(refused().message).not.toContain('nonsense');
  });

  test('when the key is encrypted', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
    write('alice.key', pem.toString());
    expectTls('alice.key', 'is encrypted');
  });

  test('when the key is another certificate’s', async () => {
    write('alice.key', (await authority.issue('alice', [])).privateKey);
    expectTls('alice.key', 'is not the key of');
  });

  test.each([0o640, 0o604, 0o644, 0o666])('when others may use the key (mode %o)', (mode) => {
    chmodSync(join(folder, 'alice.key'), mode);
    expectTls('alice.key', `(mode ${mode.toString(8)}); run: chmod 600`);
  });

  test('when the client certificate has expired', async () => {
    const old = await authority.issue('alice', [], past());
    write('alice.crt', old.certificate);
    write('alice.key', old.privateKey);
    expectTls('alice.crt', 'so not now');
  });

  test('when every CA has expired', () => {
    write('ca.crt', expired.certificate);
    expectTls('ca.crt', 'holds no CA certificate that is valid now');
    write('ca.crt', `${expired.certificate}\n${authority.certificate}`);
    expect(open().sasl).toBeNull();
  });

  test('when a folder stands where a file should', () => {
    write(
      'sealwire.yaml',
      `${least}connections: { kafka: { tls: { ca_file: ., cert_file: alice.crt, key_file: alice.key } } }`,
    );
    const policy = loadPolicy(join(folder, 'sealwire.yaml'), { agent: 'alice' });
    expect(thrown(() => openConnectionGuard(policy, 'kafka', 'alice')).message).toContain('is not a file');
  });
});

describe('SASL', () => {
  const sasl = (inner: string): string => `${tls}, sasl: { ${inner} }`;

  test('takes its password from a file, without the line end', () => {
    expect(open(sasl("mechanism: SCRAM-SHA-512, username: '{agent}', password_file: password")).sasl).toEqual(
      {
        mechanism: 'SCRAM-SHA-512',
        username: 'alice',
        password: 'secret',
      },
    );
  });

  test('takes its password from the environment', () => {
    const guard = open(sasl('mechanism: PLAIN, username: me, password_env: PASS'), 'rabbitmq', {
      PASS: 'from env',
    });
    expect(guard.sasl).toEqual({ mechanism: 'PLAIN', username: 'me', password: 'from env' });
  });

  describe('OAUTHBEARER', () => {
    const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url');
    const jwt = (exp: number): string => `${part({ alg: 'ES256' })}.${part({ exp })}.c2lnbmF0dXJl`;
    const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600;
    const fromFile = sasl("mechanism: OAUTHBEARER, token_file: '{agent}.token'");
    const tokenOf = ({ sasl: given }: ReturnType<typeof open>): Promise<string> => {
      if (given?.mechanism !== 'OAUTHBEARER') throw new Error('another mechanism');
      return given.token();
    };

    test('reads its token anew for each login', async () => {
      write('alice.token', 'first\n', 0o600);
      const guard = open(fromFile);
      expect(await tokenOf(guard)).toBe('first');
      const second = jwt(inAnHour());
      write('alice.token', second, 0o600);
      expect(await tokenOf(guard)).toBe(second);
    });

    test.each([
      ['that others can read', () => 'SECRET', 0o644, 'chmod 600'],
      ['that is over', () => jwt(1_700_000_000), 0o600, 'was good until 2023-11-14T22:13:20.000Z'],
      ['that would add a field to the login', () => 'a\x01host=evil', 0o600, 'no bearer token'],
      ['that is empty', () => '\n', 0o600, 'there is none'],
    ])('a token %s is refused at first, and cannot be used later, unsaid', async (_, text, mode, told) => {
      write('alice.token', 'good', 0o600);
      const guard = open(fromFile);
      write('alice.token', text(), mode);
      expect(thrown(() => open(fromFile))).toMatchObject({
        code: 'ERR_USAGE_SASL',
        message: expect.stringContaining(told),
      });
      const later = (await tokenOf(guard).catch((error: unknown) => error)) as Error;
      expect(later).toMatchObject({ name: 'InabilityError', code: 'ERR_UNABLE_TOKEN' });
      expect(later.message).toContain(told);
      if (text().trim() !== '') expect(later.message).not.toContain(text());
    });

    test('needs a file, or a program that has tokens; not both', () => {
      expect(thrown(() => open(sasl('mechanism: OAUTHBEARER')))).toMatchObject({ code: 'ERR_USAGE_SASL' });
      write('alice.token', 'good', 0o600);
      const policy = loadPolicy(join(folder, 'sealwire.yaml'), { agent: 'alice' });
      const both = thrown(() =>
        openConnectionGuard(
          {
            ...policy,
            connections: {
              ...policy.connections,
              kafka: {
                ...policy.connections.kafka!,
                sasl: { ...policy.connections.kafka!.sasl!, tokenFile: join(folder, 'alice.token') },
              },
            },
          },
          'kafka',
          'alice',
          { env: {}, execArgv: [] },
          systemClock,
          () => Promise.reject(new Error('not asked')),
        ),
      );
      expect(both.message).toContain('remove one of them');
    });
  });

  test('EXTERNAL has neither user nor password', () => {
    expect(open(sasl('mechanism: EXTERNAL'), 'rabbitmq').sasl).toEqual({
      mechanism: 'EXTERNAL',
      username: '',
      password: '',
    });
  });

  test.each([
    ['a missing file', 'password_file: none', 'cannot be read (ENOENT)'],
    ['an unset variable', 'password_env: NONE', 'There is no password in the environment variable NONE'],
  ])('%s is told', (_, password, problem) => {
    const error = refused(sasl(`mechanism: PLAIN, username: me, ${password}`));
    expect(error.code).toBe('ERR_USAGE_SASL');
    expect(error.message).toContain(problem);
  });

  test.each([
    ['', 'There is no password'],
    ['\n', 'There is no password'],
    ['se\u0000cret', 'is not one line'],
    ['sec\nret', 'is not one line'],
    ['s'.repeat(1025), 'is not one line'],
  ])('the password %j is refused and not told', (password, problem) => {
    write('password', password);
    const error = refused(sasl('mechanism: PLAIN, username: me, password_file: password'));
    expect(error.message).toContain(problem);
    if (password.length > 1) expect(error.message).not.toContain(password);
  });

  test('a password that others may read is refused', () => {
    chmodSync(join(folder, 'password'), 0o644);
    const error = refused(sasl('mechanism: PLAIN, username: me, password_file: password'));
    expect(error.code).toBe('ERR_USAGE_SASL');
    expect(error.message).toContain('chmod 600');
  });
});

test('a transport that the policy does not describe has no guard', () => {
  write('sealwire.yaml', least);
  const policy = loadPolicy(join(folder, 'sealwire.yaml'), { agent: 'alice' });
  const error = thrown(() => openConnectionGuard(policy, 'rabbitmq', 'alice'));
  expect(error.code).toBe('ERR_USAGE_POLICY');
  expect(error.message).toContain('has no connections.rabbitmq');
});

test('a policy of one agent gives no guard to another', () => {
  write('sealwire.yaml', least);
  const policy = loadPolicy(join(folder, 'sealwire.yaml'), { agent: 'alice' });
  expect(thrown(() => openConnectionGuard(policy, 'kafka', 'bob')).code).toBe('ERR_USAGE_AGENT');
});
