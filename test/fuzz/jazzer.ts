// The same parsers under Jazzer.js, which is guided by what code an input reaches.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allParsers } from './all-parsers.ts';
import { loaderIn, newerLibc } from './newer-libc.ts';
import type { Options } from './options.ts';
import { say } from './progress.ts';

export interface JazzerResult {
  readonly skipped: string | null;
  readonly cases: number;
  readonly seconds: number;
  readonly findings: readonly { readonly kind: 'jazzer'; readonly what: string }[];
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const cli = path('../../node_modules/@jazzer.js/core/dist/cli.js');
const leastSeconds = 10;
const mostSeconds = 600;

/** Runs for as long as the rest did, up to ten minutes; a fixed number of cases gets ten seconds. */
export function jazzer({ seed, seconds }: Options): JazzerResult {
  const node = nodeForJazzer();
  if (node === null) {
    const skipped =
      'the binary of Jazzer.js needs glibc 2.38, and apt could not fetch that of Debian 13; run it in a container of Debian 13, or set FUZZ_LIBC to the folder of a newer libc, with its loader and libstdc++';
    say(`Skipped: ${skipped}`);
    return { skipped, cases: 0, seconds: 0, findings: [] };
  }
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-fuzz-'));
  const corpus = join(folder, 'corpus');
  try {
    mkdirSync(corpus);
    writeSeeds(corpus, seed);
    const limit = Math.min(mostSeconds, Math.max(leastSeconds, Number.isFinite(seconds) ? seconds : 0));
    const own = [cli, path('jazzer-target.js'), '-i', '/packages/', '-e', 'node_modules', '--sync'];
    const libFuzzer = [
      `-max_total_time=${String(limit)}`,
      '-max_len=4096',
      `-seed=${String(seed)}`,
      '-timeout=30',
    ];
    // To a file: what libFuzzer says last is lost in a pipe that nobody reads in time.
    const file = join(folder, 'said');
    const said = openSync(file, 'w');
    const { status } = spawnSync(
      node[0]!,
      [...node.slice(1), ...own, corpus, '--', ...libFuzzer, `-artifact_prefix=${folder}/`],
      { stdio: ['ignore', said, said], env: { ...process.env, FUZZ_SEED: String(seed) } },
    );
    closeSync(said);
    const text = readFileSync(file, 'utf8');
    const done = /Done (\d+) runs in (\d+) second/.exec(text);
    const findings =
      status === 0 && done !== null
        ? []
        : [{ kind: 'jazzer' as const, what: `status ${String(status)}: ${text.slice(-4_000)}` }];
    return { skipped: null, cases: Number(done?.[1] ?? 0), seconds: Number(done?.[2] ?? 0), findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeSeeds(folder: string, seed: number): void {
  allParsers(seed).forEach((parser, i) => {
    parser.seeds.slice(0, 24).forEach((bytes, j) => {
      if (bytes.length < 4096)
        writeFileSync(join(folder, `${String(i)}-${String(j)}`), Buffer.concat([Buffer.from([i]), bytes]));
    });
  });
}

/** The command that runs Node where the binary loads, or `null`. */
function nodeForJazzer(): string[] | null {
  const probe = ['-e', `require(${JSON.stringify(path('../../node_modules/@jazzer.js/fuzzer'))})`];
  const loads = (command: readonly string[]): boolean =>
    spawnSync(command[0]!, [...command.slice(1), ...probe]).status === 0;
  if (loads([process.execPath])) return [process.execPath];
  const folder = process.env['FUZZ_LIBC'] ?? newerLibc();
  if (folder === null) return null;
  const command = [...loaderIn(folder), process.execPath];
  return loads(command) ? command : null;
}
