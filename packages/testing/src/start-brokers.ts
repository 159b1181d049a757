// Starts the brokers that tests, benches and the demo use: from the environment, in Docker, or as child processes.
import { mkdir } from 'node:fs/promises';
import { InabilityError, UsageError } from '@sealwire/core';
import type { Launch } from './broker-unit.js';
import type { Brokers, BrokersOptions, KafkaCluster, Kind, RabbitmqNode } from './brokers.js';
import { checkUsers } from './check-users.js';
import { chooseWay } from './choose-way.js';
import { dockerLaunch, dockerProblem } from './docker-launch.js';
import { addressVariable, environmentKafka, environmentRabbitmq } from './environment.js';
import { startKafka } from './kafka-cluster.js';
import { nativeLaunch } from './native-launch.js';
import { canInstall, install, missingPackages } from './native-tools.js';
import { startRabbitmq } from './rabbitmq-node.js';

type Log = (line: string) => void;

/**
 * Starts what is wanted and settles when it is up: on loopback, with TLS 1.3, client certificates, passwords and permissions
 * on. Each broker comes by the first way that works (see the README); `log` is told which and why.
 * On failure nothing is left running. What was started ends with `stop()`, and also when this process ends in any way.
 * Throws ERR_USAGE_ARGUMENT for options or variables that cannot be used, ERR_UNABLE_CONNECTION where no way works.
 */
export async function startBrokers(options: BrokersOptions): Promise<Brokers> {
  const want = options.want ?? ['kafka', 'rabbitmq'];
  const log = options.log ?? (() => undefined);
  checkUsers([options.admin, ...options.users]);
  await mkdir(options.folder, { recursive: true });

  const started: Stoppable[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.splice(0).map((one) => one.stop()));
  };
  async function start<Broker>(kind: Kind, source: Source<Broker>): Promise<Broker | null> {
    if (!want.includes(kind)) return null;
    const way = await wayFor(kind, log);
    if (way === 'environment') return source.environment();
    const broker = await startBy(way, kind, source, options, log);
    started.push(broker);
    return broker;
  }

  const [kafka, rabbitmq] = await Promise.allSettled([
    start('kafka', kafkaSource),
    start('rabbitmq', rabbitmqSource),
  ]);
  if (kafka.status === 'fulfilled' && rabbitmq.status === 'fulfilled')
    return { kafka: kafka.value, rabbitmq: rabbitmq.value, stop };
  await stop();
  throw [kafka, rabbitmq].find((outcome) => outcome.status === 'rejected')?.reason;
}

interface Stoppable {
  stop(): Promise<void>;
}

interface Source<Broker> {
  environment(): Broker;
  start(options: BrokersOptions, how: 'docker' | 'native', launch: Launch): Promise<Broker & Stoppable>;
}

const kafkaSource: Source<KafkaCluster> = { environment: environmentKafka, start: startKafka };
const rabbitmqSource: Source<RabbitmqNode> = { environment: environmentRabbitmq, start: startRabbitmq };

async function wayFor(
  kind: Kind,
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

async function startBy<Broker>(
  way: 'docker' | 'native',
  kind: Kind,
  source: Source<Broker>,
  options: BrokersOptions,
  log: Log,
): Promise<Broker & Stoppable> {
  const begin = performance.now();
  const launch = way === 'docker' ? dockerLaunch(log) : nativeLaunch(log);
  try {
    const broker = await source.start(options, way, launch);
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

async function installMissing(kind: Kind, log: Log): Promise<void> {
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
