// The checker of proofs in another language (python/check_proof.py), where there is a Python that can run it.
import { spawnSync } from 'node:child_process';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
// What another test’s pip has filled serves too.
const own = here('../../node_modules/.cache/sealwire-python/bin/python3');
const python = ['python3', own].find((one) => spawnSync(one, ['-c', 'import cryptography']).status === 0);

export interface Checked {
  /** One a proof: `proven <sender>`, or `not proven` and why. */
  readonly answers: readonly string[];
  readonly errors: string;
}

/** `null`, and said, where there is no Python with the package cryptography. */
export const checkInPython: ((terms: CheckTerms) => Checked) | null = python === undefined ? null : checked;

if (python === undefined)
  process.stderr.write(
    'Skipped: proofs in Python. They need Python 3 with the package cryptography: pip install cryptography\n',
  );

interface CheckTerms {
  readonly directoryFile: string;
  readonly rootKey: string;
  readonly proofs: readonly string[];
}

function checked({ directoryFile, rootKey, proofs }: CheckTerms): Checked {
  const script = here('python/check_proof.py');
  const { stdout, stderr } = spawnSync(python!, [script, directoryFile, rootKey, ...proofs], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return { answers: stdout.trim().split('\n'), errors: stderr };
}
