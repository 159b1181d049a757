// Prometheus’ own checker of rules and metrics.
import { canInstall, inPath, install } from './native-tools.js';
import { runCommand, type CommandOptions, type CommandResult } from './run-command.js';

/** Runs promtool. */
export type Promtool = (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/**
 * Finds promtool, installing Debian’s `prometheus` where it is missing and this is root on Debian.
 * @returns `null` where there is none; `log` is told so
 */
export async function promtool(log: (line: string) => void): Promise<Promtool | null> {
  if (!(await inPath('promtool')) && (await canInstall())) {
    // Without it the tests that need it are skipped, as where it cannot be installed at all.
    await install(['prometheus'], log).catch((error: unknown) => log(String(error)));
  }
  if (await inPath('promtool')) return (args, options) => runCommand('promtool', args, options);
  log('SKIPPED: promtool is not installed; run: apt-get install prometheus');
  return null;
}
