// Random data between avsc, the scanner and Python's fastavro.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scanner } from '@sealwire/schema';
import { say } from './progress.ts';
import { randomSchemas } from './scanner-parsers.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const ownPlace = here('../../node_modules/.cache/sealwire-fastavro');
const schemas = 400;

export interface FastavroResult {
  readonly skipped: string | null;
  readonly values: number;
  readonly findings: readonly { readonly kind: 'fastavro'; readonly what: string }[];
}

/**
 * fastavro reads what avsc wrote, and the scanner accepts what fastavro writes of it: the same bytes, except where a
 * union lets fastavro guess the branch from the value.
 */
export function compareFastavro(seed: number): FastavroResult {
  const python = findPython();
  if (python === null) {
    const skipped = 'Python 3 with fastavro is not there: pip install fastavro';
    say(`Skipped: ${skipped}`);
    return { skipped, values: 0, findings: [] };
  }
  const sent = randomSchemas(seed + 1, schemas);
  const { stdout, stderr, status } = spawnSync(python, [here('python/again.py')], {
    input: sent.map((one) => `${JSON.stringify(one)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) return { skipped: null, values: 0, findings: [{ kind: 'fastavro', what: stderr }] };
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);
  const findings: { kind: 'fastavro'; what: string }[] = [];
  sent.forEach(({ schema, seeds }, i) => {
    const scan = scanner(schema);
    const exact = !hasUnion(schema);
    seeds.forEach((hex, j) => {
      const again = answers[i]?.[j];
      try {
        if (again === undefined || again.startsWith('error') || (exact && again !== hex))
          throw new Error(`fastavro answers ${String(again)}`);
        if (again !== 'unwritten') scan(Buffer.from(again, 'hex'));
      } catch (error) {
        findings.push({ kind: 'fastavro', what: `${JSON.stringify(schema)} ${hex}: ${String(error)}` });
      }
    });
  });
  return {
    skipped: null,
    values: sent.reduce((sum, { seeds }) => sum + seeds.length, 0),
    findings: findings.slice(0, 5),
  };
}

/** Whether there is a union in which a value could be taken for another branch's. */
function hasUnion(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  if (Array.isArray(schema)) {
    const isOptional = schema.length === 2 && schema[0] === 'null';
    return !isOptional || hasUnion(schema[1]);
  }
  const { type, items, values, fields } = schema as Record<string, unknown>;
  return [type, items, values, ...((fields as unknown[] | undefined) ?? [])].some(hasUnion);
}

const has = (python: string): boolean => spawnSync(python, ['-c', 'import fastavro']).status === 0;

/** The machine's, or one of our own, which pip fills once. */
function findPython(): string | null {
  const own = `${ownPlace}/bin/python3`;
  for (const python of ['python3', own]) if (has(python)) return python;
  if (!existsSync(own) && spawnSync('python3', ['-m', 'venv', ownPlace]).status !== 0) return null;
  const requirements = here('python/requirements.txt');
  spawnSync(own, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], { timeout: 120_000 });
  return has(own) ? own : null;
}
