// Launches brokers in containers, which share this machine's network so that they too listen on loopback only.
import { chown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launch } from './broker-unit.js';
import { dockerImage } from './docker-image.js';
import { startGuarded, type RunningBroker } from './guarded-process.js';
import { lastLines, runCommand } from './run-command.js';

/** Null where a Docker daemon answers the `docker` command; otherwise what it said. */
export async function dockerProblem(): Promise<string | null> {
  const { code, output } = await runCommand('docker', ['info', '--format', '{{.ServerVersion}}']);
  return code === 0 ? null : lastLines(output, 1);
}

// The user of the images.
const imageUser = 10001;

/**
 * Runs the images of docker/ on a broker's folder, mounted under its own path. The broker is this process's user, so that
 * both can read what the other writes; root's is the image's user, to whom the folder is given.
 */
export function dockerLaunch(log: (line: string) => void): Launch {
  // The guard of each container does what Ryuk would do, and needs no image.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  return async (kind, folder, logFile) => {
    const image = await dockerImage(kind, log);
    const uid = process.getuid?.() ?? 0;
    if (uid === 0) await give(folder);
    const { GenericContainer } = await import('testcontainers');
    const container = await new GenericContainer(image)
      .withNetworkMode('host')
      .withBindMounts([{ source: folder, target: folder }])
      .withUser(uid === 0 ? `${imageUser}:${imageUser}` : `${uid}:${process.getgid?.() ?? uid}`)
      .withDroppedCapabilities('ALL')
      .withSecurityOpt('no-new-privileges')
      .withDefaultLogDriver()
      .withCommand([folder])
      .start();
    return running(container.getId(), logFile);
  };
}

function running(id: string, logFile: string): RunningBroker {
  // Ends when the container does; the container ends when this process is gone.
  const logs = startGuarded(['docker', 'logs', '--follow', id], {
    logFile,
    last: ['docker', 'rm', '--force', '--volumes', id],
  });
  return {
    ended: logs.ended,
    async end(kill) {
      await runCommand('docker', kill ? ['kill', id] : ['stop', '--time', '30', id]);
      // Its log is complete then.
      await logs.awaitEnd();
      await runCommand('docker', ['rm', '--force', '--volumes', id]);
    },
  };
}

async function give(folder: string): Promise<void> {
  await chown(folder, imageUser, imageUser);
  for (const entry of await readdir(folder, { recursive: true }))
    await chown(join(folder, entry), imageUser, imageUser);
}
