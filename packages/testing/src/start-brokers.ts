// Starts the brokers that tests, benches and the demo use: from the environment, in Docker, or as child processes.
import { mkdir } from 'node:fs/promises';
import type { Brokers, BrokersOptions, KafkaCluster, Kind, RabbitmqNode } from './brokers.js';
import type { Source, Stoppable } from './start-by-way.js';
import { startByWay } from './start-by-way.js';
import { checkUsers } from './check-users.js';
import { environmentKafka, environmentRabbitmq } from './environment.js';
import { startKafka } from './kafka-cluster.js';
import { startRabbitmq } from './rabbitmq-node.js';

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
  async function start<Broker>(kind: Kind, source: Source<Broker, BrokersOptions>): Promise<Broker | null> {
    if (!want.includes(kind)) return null;
    const broker = await startByWay(kind, source, options, log);
    if (broker.mine !== null) started.push(broker.mine);
    return broker.server;
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

const kafkaSource: Source<KafkaCluster, BrokersOptions> = {
  environment: environmentKafka,
  start: startKafka,
};
const rabbitmqSource: Source<RabbitmqNode, BrokersOptions> = {
  environment: environmentRabbitmq,
  start: startRabbitmq,
};
