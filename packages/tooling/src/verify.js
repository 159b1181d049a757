// npm run verify: every check, in the order in which a failure is cheapest to find; stops at the first that fails.
import { spawnSync } from 'node:child_process';

const bin = (name) => new URL(`../../../node_modules/.bin/${name}`, import.meta.url).pathname;
const own = (name) => [process.execPath, [new URL(name, import.meta.url).pathname]];
const tooling = 'packages/tooling';

const steps = [
  ['build', bin('turbo'), ['run', 'build', '--output-logs=errors-only']],
  ['types', bin('tsc'), ['-p', 'test']],
  ['lint', bin('eslint'), ['--config', `${tooling}/eslint.config.js`, '--max-warnings', '0', '.']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['cycles', bin('depcruise'), ['--config', `${tooling}/cycles.config.cjs`, ...(await sources())]],
  ['unused', bin('knip'), ['--no-progress', '--no-config-hints']],
  ['api', ...own('api.js')],
  ['plain node', ...own('smoke.js')],
  ['packed', ...own('packed.js')],
  ['tests', ...own('test.js')],
];

async function sources() {
  const { globSync } = await import('node:fs');
  return globSync('packages/*/src');
}

for (const [name, command, args] of steps) {
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`verify: ${name} failed after ${seconds} s`);
    process.exit(status ?? 1);
  }
  // To standard error, so that the test runner's count stays the last line of standard output.
  console.error(`verify: ${name} (${seconds} s)`);
}
