// What native brokers need on this machine, and how Debian installs it.
import { access, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { InabilityError } from '@sealwire/core';
import type { ServerKind } from './brokers.js';
import { hasKafkaLibrary } from './kafka-library.js';
import { lastLines, runCommand } from './run-command.js';

/** A Debian package for each missing tool; empty where the broker can be started natively. */
export async function missingPackages(kind: ServerKind): Promise<string[]> {
  if (kind === 'rabbitmq') return (await inPath('rabbitmq-server')) ? [] : ['rabbitmq-server'];
  if (kind === 'redis') return (await inPath('redis-server')) ? [] : ['redis-server'];
  const java = (await javaVersion()) >= 17 ? [] : ['default-jre-headless'];
  const maven = (await hasKafkaLibrary()) || (await inPath('mvn')) ? [] : ['maven'];
  return [...java, ...maven];
}

export async function inPath(command: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin');
  const found = await Promise.all(
    folders.map((folder) =>
      access(`${folder}/${command}`, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

async function javaVersion(): Promise<number> {
  const { output } = await runCommand('java', ['-version']);
  return Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
}

/** True where this process may use apt: root on Debian or a child of it. */
export async function canInstall(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return process.getuid?.() === 0 && /^ID(_LIKE)?=.*debian/m.test(release) && (await inPath('apt-get'));
}

const policy = '/usr/sbin/policy-rc.d';

/** Installs packages without starting the services that they bring. Throws ERR_UNABLE_CONNECTION where apt fails. */
export async function install(packages: readonly string[], log: (line: string) => void): Promise<void> {
  const command = [
    '-o',
    'DPkg::Lock::Timeout=300',
    'install',
    '--yes',
    '--no-install-recommends',
    ...packages,
  ];
  log(`Installing with apt-get: ${packages.join(', ')}`);
  // Debian starts a packaged service at once, unless this script says no; one that is there already is its owner's.
  const ours = await writeFile(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx' }).then(
    () => true,
    () => false,
  );
  try {
    if (ours) await chmod(policy, 0o755);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await runCommand('apt-get', ['-o', 'DPkg::Lock::Timeout=300', 'update'], { env });
    const { code, output } = await runCommand('apt-get', command, { env });
    if (code !== 0)
      throw new InabilityError(
        'ERR_UNABLE_CONNECTION',
        `apt-get could not install ${packages.join(' ')}; run it by hand. It said:\n${lastLines(output)}`,
      );
  } finally {
    if (ours) await rm(policy);
  }
}
