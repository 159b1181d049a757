// A newer C library beside the system's, for the binary of Jazzer.js: from Debian 13's packages, checked by apt, nothing installed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from './progress.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const place = fileURLToPath(new URL('../../node_modules/.cache/sealwire-libc/', import.meta.url));
const packages = ['libc6', 'libstdc++6', 'libgcc-s1'];
const folders: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'usr/lib/x86_64-linux-gnu',
  arm64: 'usr/lib/aarch64-linux-gnu',
};

/** The loader of a folder that holds a C library with what belongs to it. */
export const loaderIn = (folder: string): string[] => [
  join(folder, process.arch === 'arm64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2'),
  '--library-path',
  folder,
];

/**
 * A folder with the C library of Debian 13, fetched once (7 MB, and 10 MB of package lists that are not kept). Takes no
 * rights: apt keeps its state in a folder of ours.
 * @returns `null` where this is no Debian or the packages cannot be had
 */
export function newerLibc(): string | null {
  const inside = folders[process.arch];
  if (inside === undefined || process.platform !== 'linux' || !existsSync(keyring)) return null;
  const folder = join(place, inside);
  if (existsSync(folder)) return folder;
  const work = `${place.slice(0, -1)}-${String(process.pid)}`;
  try {
    say('Fetching the C library of Debian 13 for Jazzer.js');
    for (const inner of ['lists/partial', 'archives/partial'])
      mkdirSync(join(work, inner), { recursive: true });
    writeFileSync(join(work, 'status'), '');
    writeFileSync(
      join(work, 'sources.list'),
      `deb [signed-by=${keyring}] http://deb.debian.org/debian trixie main\n`,
    );
    const ok = apt(work, 'update') && apt(work, 'download', ...packages) && unpack(work);
    if (!ok) return null;
    mkdirSync(join(place, '..'), { recursive: true });
    rmSync(place, { recursive: true, force: true });
    renameSync(join(work, 'root'), place);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function apt(work: string, ...command: string[]): boolean {
  const settings = {
    'Dir::Etc::SourceList': join(work, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': work,
    'Dir::State::Lists': join(work, 'lists'),
    'Dir::State::status': join(work, 'status'),
    'Dir::Cache': work,
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const { status } = spawnSync('apt-get', ['--quiet', ...options, ...command], {
    cwd: work,
    timeout: 300_000,
  });
  return status === 0;
}

function unpack(work: string): boolean {
  const { status } = spawnSync(
    'sh',
    ['-c', 'for file in *.deb; do dpkg-deb --extract "$file" root || exit 1; done'],
    {
      cwd: work,
    },
  );
  return status === 0;
}
