// A Python that has pySigma: the machine’s, or one of our own, which pip fills once.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
const ownPlace = here('../../node_modules/.cache/sealwire-sigma');

const has = (python: string): boolean =>
  spawnSync(python, [
    '-c',
    'import sigma.backends.splunk, sigma.backends.elasticsearch, sigma.backends.sqlite',
  ]).status === 0;

/** `null` where there is none, and none can be made. */
export function findPython(): string | null {
  const own = `${ownPlace}/bin/python3`;
  for (const python of ['python3', own]) if (has(python)) return python;
  const made = existsSync(own) || spawnSync('python3', ['-m', 'venv', ownPlace]).status === 0;
  if (!made) return null;
  const requirements = here('python/requirements.txt');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  return spawnSync(own, pip, { timeout: 180_000 }).status === 0 && has(own) ? own : null;
}
