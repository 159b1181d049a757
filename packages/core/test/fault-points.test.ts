// The crash harness can end a process at each fault point; nothing in its environment can end it otherwise.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { faultPoints } from '../src/fault-points.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const passAll = `
  import { faultPoint, faultPoints } from '@sealwire/core';
  for (const point of faultPoints) faultPoint(point);
  for (const point of faultPoints) faultPoint(point);
  console.log('lives');
`;

function run(crashAt: string, conditions: readonly string[]): { output: string; signal: string | null } {
  const { stdout, stderr, signal } = spawnSync(
    process.execPath,
    [...conditions, '--input-type=module', '--eval', passAll],
    { cwd: root, env: { ...process.env, SEALWIRE_CRASH_AT: crashAt }, encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return { output: stdout.trim(), signal };
}

test('the default build lives whatever SEALWIRE_CRASH_AT says', () => {
  for (const point of faultPoints) expect(run(`${point}:1`, [])).toEqual({ output: 'lives', signal: null });
});

test('under the condition of the harness a process ends at the point and the passing that it was told', () => {
  const harness = ['--conditions=sealwire-faults'];
  for (const point of faultPoints)
    expect(run(`${point}:2`, harness)).toEqual({ output: '', signal: 'SIGKILL' });
  expect(run(`${faultPoints[0]}:3`, harness)).toEqual({ output: 'lives', signal: null });
  expect(run('', harness)).toEqual({ output: 'lives', signal: null });
});

test('what ends a process is in no package that is published', () => {
  const packages = globSync('packages/*/package.json', { cwd: root }).map((file) => ({
    folder: `${root}${file.replace('package.json', '')}`,
    json: JSON.parse(readFileSync(`${root}${file}`, 'utf8')) as {
      name: string;
      private?: boolean;
      dependencies?: Record<string, string>;
      peerDependencies?: Record<string, string>;
    },
  }));
  const named = packages.filter(({ folder }) =>
    globSync('{src,dist}/**/*.{ts,js}', { cwd: folder }).some((file) =>
      readFileSync(`${folder}${file}`, 'utf8').includes('SEALWIRE_CRASH_AT'),
    ),
  );
  expect(named.map(({ json }) => json.name)).toEqual(['@sealwire/testing']);
  expect(named[0]!.json.private).toBe(true);
  for (const { json } of packages.filter((each) => each.json.private !== true))
    expect({ ...json.dependencies, ...json.peerDependencies }).not.toHaveProperty('@sealwire/testing');
});
