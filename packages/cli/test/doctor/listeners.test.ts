// What `sealwire doctor` finds out at a listener: certificates, TLS versions, plaintext, logins; and that it gives nothing away.
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createAuthority } from '../../src/certificate-authority.js';
import { certificateRow } from '../../src/doctor/check-certificates.js';
import { judgeMechanisms } from '../../src/doctor/check-sasl.js';
import { rowsOf, type Row } from '../../src/doctor/row.js';
import { initFolder, type InitReport } from '../../src/index.js';
import { X509Certificate } from 'node:crypto';
import { command, newFolder } from '../made.js';
import {
  amqpStart,
  kafkaAnswer,
  listenOverTls,
  listenPlainly,
  mechanismsBody,
  type Listening,
} from './listening.js';

let made: InitReport;
beforeAll(async () => {
  made = await initFolder({ folder: newFolder(), agents: ['alice'] });
  renameSync(join(made.folder, 'root'), `${made.folder}-offline`);
});
const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});
async function listens(one: Promise<Listening>): Promise<Listening> {
  const listening = await one;
  open.push(listening);
  return listening;
}

async function doctor(only: string, ...more: string[]): Promise<Row[]> {
  const { out } = await command('doctor', '--policy', made.policyFile, '--json', '--only', only, ...more);
  return (JSON.parse(out) as { rows: Row[] }).rows;
}
const at = (port: number): string[] => ['--kafka', `localhost:${port}`, '--ports', ''];
const amqp = (port: number): string[] => ['--rabbitmq', `amqps://localhost:${port}`, '--ports', ''];
const about = (rows: readonly Row[], subject: string): Row =>
  rows.find((row) => row.subject.startsWith(subject))!;

describe('versions of TLS', () => {
  test('1.3 alone is well', async () => {
    const { port } = await listens(listenOverTls(made));
    expect(about(await doctor('tls', ...at(port)), `localhost:${port}`)).toMatchObject({
      verdict: 'ok',
      evidence: 'accepts TLSv1.3',
    });
  });

  test('1.2 is told, also where a client certificate is asked for; and fails where the policy states 1.3', async () => {
    const { port } = await listens(listenOverTls(made, { minVersion: 'TLSv1.2' }));
    expect(about(await doctor('tls', ...at(port)), `localhost:${port}`)).toMatchObject({
      verdict: 'warn',
      evidence: 'accepts TLSv1.2, TLSv1.3',
      fix: expect.stringContaining('ssl.enabled.protocols=TLSv1.3'),
    });
    const stated = join(made.folder, 'stated.yaml');
    writeFileSync(
      stated,
      `${readFileSync(made.policyFile, 'utf8')}\nchannel_security: { tls: { min_version: "1.3" } }\n`,
    );
    expect(about(await doctor('tls', '--policy', stated, ...at(port)), `localhost:${port}`).verdict).toBe(
      'fail',
    );
  });

  test('1.0 and 1.1 fail', async () => {
    const { port } = await listens(
      listenOverTls(made, { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0', requestCert: false }),
    );
    expect(about(await doctor('tls', ...at(port)), `localhost:${port}`)).toMatchObject({
      verdict: 'fail',
      evidence: 'accepts TLSv1, TLSv1.1, TLSv1.2, TLSv1.3',
    });
  });

  test('none of them is not known where nobody listens', async () => {
    const { port, close } = await listenPlainly();
    await close();
    expect(about(await doctor('tls', ...at(port)), `localhost:${port}`).verdict).toBe('unknown');
  });
});

describe('plaintext', () => {
  const versions = Buffer.from([0, 0, 0, 0, 0, 0]);

  test('of Kafka and AMQP is found at the port that is given, and at a further one', async () => {
    const kafka = await listens(listenPlainly(kafkaAnswer(versions)));
    const rabbitmq = await listens(listenPlainly(() => amqpStart('PLAIN')));
    const tls = await listens(listenOverTls(made));
    expect(about(await doctor('listeners', ...at(kafka.port)), `localhost:${kafka.port}`)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('Kafka WITHOUT TLS'),
    });
    const ports = ['--ports', `${kafka.port},${rabbitmq.port}`];
    const rows = await doctor('listeners', ...amqp(tls.port), ...ports);
    expect(about(rows, `localhost:${tls.port}`)).toMatchObject({ verdict: 'ok' });
    expect(about(rows, `localhost:${rabbitmq.port}`)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('AMQP WITHOUT TLS'),
      fix: expect.stringContaining('listeners.tcp = none'),
    });
    expect(about(rows, `localhost:${kafka.port}`).verdict).toBe('fail');
  });

  test('of HTTP is told, and what nobody listens at is well', async () => {
    const tls = await listens(listenOverTls(made));
    const http = await listens(
      listenPlainly((bytes) =>
        bytes.includes('HTTP/') ? Buffer.from('HTTP/1.0 401 Unauthorized\r\n\r\n') : null,
      ),
    );
    const gone = await listenPlainly();
    await gone.close();
    const rows = await doctor('listeners', ...at(tls.port), '--ports', `${http.port},${gone.port}`);
    expect(about(rows, `localhost:${http.port}`)).toMatchObject({ verdict: 'warn' });
    expect(about(rows, `localhost:${gone.port}`)).toMatchObject({
      verdict: 'ok',
      evidence: 'nobody listens',
    });
  });

  test('is looked for with first words alone: no name, no password, no certificate', async () => {
    const tls = await listens(listenOverTls(made));
    const plain = await listens(listenPlainly());
    await doctor('listeners,tls', ...at(tls.port), '--ports', String(plain.port));
    const secrets = [
      ...made.agents,
      readFileSync(join(made.folder, 'secrets', 'alice.password'), 'utf8').trim(),
    ];
    for (const secret of secrets) expect(plain.received().includes(secret)).toBe(false);
    expect(plain.received().length).toBeGreaterThan(0);
  });
});

describe('certificates', () => {
  test('of a broker that the policy trusts are shown with their days', async () => {
    const { port } = await listens(listenOverTls(made));
    const rows = await doctor('certificates', ...at(port));
    expect(rows.map(({ verdict }) => verdict)).not.toContain('fail');
    expect(about(rows, `localhost:${port} (CN=localhost)`)).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringMatching(/EC prime256v1, until .*36[34]d left/),
    });
    expect(about(rows, `localhost:${port} (CN=Sealwire TLS authority)`).verdict).toBe('ok');
  });

  test('of another CA, over, are told: and nothing is said to such a broker', async () => {
    const other = await createAuthority('another', Date.now() - 400 * 86_400_000);
    const { certificate, privateKey } = await other.issueServer('localhost', ['localhost']);
    const listening = await listens(
      listenOverTls(made, { cert: certificate, key: privateKey, requestCert: false }),
    );
    const rows = await doctor('certificates,sasl', ...at(listening.port));
    expect(about(rows, `localhost:${listening.port}`)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('the policy’s connection is refused'),
    });
    expect(about(rows, `localhost:${listening.port} (CN=localhost)`)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('over since'),
    });
    expect(about(rows, 'alice at kafka')).toMatchObject({
      verdict: 'skipped',
      evidence: expect.stringContaining('no credential is sent'),
    });
    expect(listening.received().length).toBe(0);
  });

  test('that end within a fifth of their life are told, and keys that are too small', () => {
    const certificate = new X509Certificate(readFileSync(made.tls.brokerCertFile));
    const judge = (days: number) =>
      certificateRow(
        rowsOf('certificates', 'broker'),
        'x',
        certificate,
        Date.now() + days * 86_400_000,
        'fix',
      ).verdict;
    expect([judge(0), judge(300), judge(366), judge(-1)]).toEqual(['ok', 'warn', 'fail', 'fail']);
  });

  test('of an agent that do not fit are told in the words of its start', async () => {
    const folder = newFolder();
    cpSync(made.folder, folder, { recursive: true });
    cpSync(join(folder, 'tls', 'broker.key'), join(folder, 'tls', 'alice.key'));
    const rows = await doctor('certificates', '--policy', join(folder, 'sealwire.yaml'), '--agent', 'alice');
    expect(about(rows, 'alice for kafka')).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('is not the key of'),
    });
  });
});

describe('logins', () => {
  test('that Kafka offers are asked for, and weaker ones told', async () => {
    const body = mechanismsBody(['PLAIN', 'SCRAM-SHA-512']);
    const { port } = await listens(listenOverTls(made, {}, kafkaAnswer(body)));
    expect(about(await doctor('sasl', ...at(port)), `localhost:${port}`)).toMatchObject({
      verdict: 'warn',
      evidence: 'offers PLAIN, SCRAM-SHA-512: PLAIN is weaker than the policy’s SCRAM-SHA-512',
    });
  });

  test('that RabbitMQ offers are asked for; a guest is not tried', async () => {
    const listening = await listens(
      listenOverTls(made, {}, (bytes) =>
        bytes.toString('latin1', 0, 4) === 'AMQP' ? amqpStart('PLAIN ANONYMOUS') : null,
      ),
    );
    const rows = await doctor('sasl', ...amqp(listening.port));
    expect(about(rows, `localhost:${listening.port}`)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('ANYBODY is let in'),
    });
    expect(rows.find(({ check }) => check === 'guest')!.verdict).toBe('unknown');
    expect(listening.received().includes('guest')).toBe(false);
  });

  test('are judged by what they give away', () => {
    const verdict = (offered: string[], own: string | null) => judgeMechanisms('x', offered, own).verdict;
    expect(verdict(['SCRAM-SHA-512'], 'SCRAM-SHA-512')).toBe('ok');
    expect(verdict(['PLAIN', 'EXTERNAL'], 'PLAIN')).toBe('ok');
    expect(verdict(['PLAIN', 'EXTERNAL'], 'EXTERNAL')).toBe('warn');
    expect(verdict(['PLAIN', 'RABBIT-CR-DEMO'], 'PLAIN')).toBe('warn');
    expect(verdict(['SCRAM-SHA-256'], 'SCRAM-SHA-512')).toBe('fail');
    expect([verdict([], null), verdict(['PLAIN'], null)]).toEqual(['ok', 'warn']);
  });
});

test('what is not given or not used is skipped, and says what to give', async () => {
  const rows = await doctor('listeners,tls,sasl,certificates');
  expect(rows.filter(({ verdict }) => verdict === 'skipped').map(({ evidence }) => evidence)).toContain(
    'give --kafka to have it looked at',
  );
  expect((await command('doctor', '--policy', made.policyFile, '--kafka', 'no-port')).exitCode).toBe(2);
  expect((await command('doctor', '--policy', made.policyFile, '--rabbitmq', 'amqp://plain')).exitCode).toBe(
    2,
  );
});

test('a place outside the allowed networks is not even asked', async () => {
  let connections = 0;
  const server = createServer(() => {
    connections++;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const within = join(made.folder, 'within.yaml');
  writeFileSync(
    within,
    readFileSync(made.policyFile, 'utf8').replaceAll(
      /^ {2}(kafka|rabbitmq):\n {4}tls:/gm,
      '  $1:\n    allowed_networks: [10.0.0.0/8]\n    tls:',
    ),
  );
  const rows = await doctor('certificates,listeners,tls,sasl', '--policy', within, ...at(port));
  server.close();
  expect(
    about(
      rows.filter(({ group }) => group === 'listeners'),
      `localhost:${port}`,
    ),
  ).toMatchObject({ verdict: 'fail' });
  expect(JSON.stringify(rows)).toContain('allowed_networks');
  expect(connections).toBe(0);
});
