// Runs jest as production Node would run the packages, and closes with its own count of passed and failed tests.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'sealwire-test-'));
const report = join(folder, 'report.json');
const jest = new URL('../../../node_modules/jest/bin/jest.js', import.meta.url).pathname;
const config = new URL('../jest.config.js', import.meta.url).pathname;

// NODE_ENV=test, which jest would set, changes the retry defaults of kafkajs: tests must see production's.
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=TimeoutNegativeWarning',
    jest,
    '--config',
    config,
    '--json',
    '--outputFile',
    report,
    '--reporters',
    'default',
    ...process.argv.slice(2),
  ],
  { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_ENV: 'production' } },
);

let failed = 1;
try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  // A suite that could not even start has no tests to count, and must not pass unseen.
  failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  console.log(`${result.numPassedTests} passed, ${failed} failed`);
} catch {
  console.log('0 passed, 1 failed');
}
rmSync(folder, { recursive: true, force: true });
process.exit(failed > 0 ? 1 : (status ?? 1));
