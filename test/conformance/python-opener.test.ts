// The vectors through an implementation in another language, which was written from SPEC.md alone (python/).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const here = (path: string) => new URL(path, import.meta.url).pathname;
const folder = here('python');
const ownPlace = here('../../node_modules/.cache/sealwire-python');

const has = (python: string): boolean =>
  spawnSync(python, ['-c', 'import cryptography, zstandard']).status === 0;

/** A Python 3 that has `cryptography` and `zstandard`: the machine’s, or one of our own, which pip fills once. */
function findPython(): string | null {
  const own = `${ownPlace}/bin/python3`;
  for (const python of ['python3', own]) if (has(python)) return python;
  const make = existsSync(own) || spawnSync('python3', ['-m', 'venv', ownPlace]).status === 0;
  if (!make) return null;
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    `${folder}/requirements.txt`,
  ];
  return spawnSync(own, pip, { timeout: 120_000 }).status === 0 && has(own) ? own : null;
}

const python = findPython();
if (python === null) {
  // Not by `console`: of a file that is skipped as a whole, jest shows nothing.
  process.stderr.write(
    'Skipped: the vectors in Python. They need Python 3 with the packages cryptography and zstandard: pip install cryptography zstandard\n',
  );
}

(python === null ? test.skip : test)(
  'a verifier and opener in Python gives the same answer to every vector',
  () => {
    const vectors = here('../../packages/envelope/vectors/envelope.json');
    const { stdout, stderr, status } = spawnSync(python!, [`${folder}/run_vectors.py`, vectors], {
      encoding: 'utf8',
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    expect({ stderr, answers: stdout.trim().split('\n') }).toEqual({
      stderr: '',
      answers: [expect.stringMatching(/^[1-9]\d\d+ passed, 0 failed$/)],
    });
    expect(status).toBe(0);
  },
);
