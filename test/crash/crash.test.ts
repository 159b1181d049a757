// A short run of the crash harness, against brokers of its own: the books must balance, and enough must have gone wrong.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

interface Report {
  readonly kafka: Readonly<Record<string, unknown>>;
  readonly rabbitmq: Readonly<Record<string, unknown>>;
  readonly kills: number;
  readonly holds: boolean;
}

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const flags = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];

/** Asynchronous, so that the connections of other tests in this process stay alive. */
async function run(...args: string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [...flags, main, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // It ends its brokers then; the test would only give up on it.
    timeout: 560_000,
  });
  const ran = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (ran.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (ran.err += chunk.toString()));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { status, ...ran };
}

test('for two minutes processes and brokers are killed and old messages come again, and nothing is lost, replayed, refused or left out of the audit trail', async () => {
  const { status, out, err } = await run('--minutes', '2', '--kills', '2', '--restarts', '25');
  // With the seed and the course of the run, where it failed.
  if (status !== 0) console.error(err.slice(-4_000), out);

  const { kafka, rabbitmq, ...whole } = JSON.parse(out) as Report;
  const audited = { auditMissing: 0, auditWrong: 0, auditFindings: 0 };
  const balanced = { lost: 0, replaysAccepted: 0, honestRefused: 0, unaccounted: 0, ...audited };
  expect(kafka).toMatchObject(balanced);
  expect(rabbitmq).toMatchObject(balanced);
  for (const books of [kafka, rabbitmq]) {
    expect(books).not.toHaveProperty('problems');
    expect(books['duplicatesExplained']).toBe(books['duplicatesHandled']);
    // Otherwise little was tried. On a busy machine it is less than half of what it is on an idle one.
    expect(books['acknowledged']).toBeGreaterThan(80);
    expect(books['handled']).toBeGreaterThan(80);
    expect(books['replaysInjected']).toBeGreaterThan(20);
    // At both ends of each message, and of each copy at one.
    expect(books['auditExpected']).toBeGreaterThan(180);
    expect(books['kills']).toBeGreaterThan(0);
    expect(books['brokerRestarts']).toBeGreaterThan(0);
  }
  expect(whole.kills).toBeGreaterThan(8);
  expect(whole.holds).toBe(true);
  expect(status).toBe(0);
});
