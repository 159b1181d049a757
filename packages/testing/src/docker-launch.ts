// Launches brokers in containers.
import type { Launch } from './broker-unit.js';
import { lastLines, runCommand } from './run-command.js';

/** Null where a Docker daemon answers the `docker` command; otherwise what it said. */
export async function dockerProblem(): Promise<string | null> {
  const { code, output } = await runCommand('docker', ['info', '--format', '{{.ServerVersion}}']);
  return code === 0 ? null : lastLines(output, 1);
}

/** Not there yet. */
export function dockerLaunch(log: (line: string) => void): Launch {
  log('Docker is not there yet');
  return () => Promise.reject(new Error('Docker is not there yet'));
}
