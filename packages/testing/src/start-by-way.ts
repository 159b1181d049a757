// Starts one server by the first way that works: from the environment, in Docker, or as a child process.
import { InabilityError, UsageError } from '@sealwire/core';
import type { Launch } from './broker-unit.js';
import type { ServerKind } from './brokers.js';
import { chooseWay } from './choose-way.js';
import { dockerLaunch, dockerProblem } from './docker-launch.js';
import { addressVariable } from './environment.js';
import { nativeLaunch } from './native-launch.js';
import { canInstall, install, missingPackages } from './native-tools.js';
import { onFreshPorts } from './on-fresh-ports.js';

export type Log = (line: string) => void;

export interface Stoppable {
  stop(): Promise<void>;
}

/** How each way makes a server. */
export interface Source<Server, Options> {
  environment(): Server;
  start(options: Options, how: 'docker' | 'native', launch: Launch): Promise<Server & Stoppable>;
}

/** `mine` is the same server where it was started here. On failure nothing is left running. */
export async function startByWay<Server, Options>(
  kind: ServerKind,
  source: Source<Server, Options>,
  options: Options,
  log: Log,
): Promise<{ readonly server: Server; readonly mine: Stoppable | null }> {
  const way = await wayFor(kind, log);
  if (way === 'environment') return { server: source.environment(), mine: null };
  const server = await startBy(way, kind, source, options, log);
  return { server, mine: server };
}

/** Why there is no such server to be had here; `null` where there is one. Installs what it needs where it may. */
export async function serverProblem(kind: ServerKind, log: Log): Promise<string | null> {
  try {
    await wayFor(kind, log);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function wayFor(
  kind: ServerKind,
  log: Log,
  dockerFailed?: string,
): Promise<'environment' | 'docker' | 'native'> {
  const variable = addressVariable[kind];
  const { way, why } = chooseWay({
    forced: process.env['SEALWIRE_BROKERS'],
    variable,
    addressGiven: Boolean(process.env[variable]),
    dockerProblem: dockerFailed ?? (await dockerProblem()),
    missing: await missingPackages(kind),
    canInstall: await canInstall(),
  });
  if (way === 'none') throw new UsageError('ERR_USAGE_ARGUMENT', `No way to a ${kind} broker: ${why}`);
  log(`${kind}: ${way === 'install' ? 'native' : way}, because ${why}`);
  if (way !== 'install') return way;
  await installMissing(kind, log);
  return 'native';
}

async function startBy<Server, Options>(
  way: 'docker' | 'native',
  kind: ServerKind,
  source: Source<Server, Options>,
  options: Options,
  log: Log,
): Promise<Server & Stoppable> {
  const begin = performance.now();
  const launch = way === 'docker' ? dockerLaunch(log) : nativeLaunch(log);
  try {
    const broker = await onFreshPorts(
      () => source.start(options, way, launch),
      (line) => log(`${kind}: ${line}`),
    );
    log(`${kind}: up after ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    return broker;
  } catch (error) {
    if (way === 'native' || process.env['SEALWIRE_BROKERS'] === 'docker') throw error;
    const problem = error instanceof Error ? error.message : String(error);
    log(`${kind}: Docker answers, but the broker does not start in it: ${problem}`);
    await wayFor(kind, log, 'its start failed');
    return startBy('native', kind, source, options, log);
  }
}

// One after the other: both brokers may lack something, and apt has one lock.
let installing: Promise<void> = Promise.resolve();

async function installMissing(kind: ServerKind, log: Log): Promise<void> {
  const mine = installing.then(async () => {
    const missing = await missingPackages(kind);
    if (missing.length > 0) await install(missing, log);
    const still = await missingPackages(kind);
    if (still.length > 0)
      throw new InabilityError(
        'ERR_UNABLE_CONNECTION',
        `Installed, but ${still.join(', ')} cannot be used; check PATH and versions (Java 17 or newer).`,
      );
  });
  installing = mine.catch(() => undefined);
  return mine;
}
