// Starts a Kafka cluster of one or two brokers, whatever way they are launched.
import { randomBytes, randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '@sealwire/core';
import { brokerUnit, type BrokerUnit, type Launch } from './broker-unit.js';
import type { BrokersOptions, How, KafkaCluster } from './brokers.js';
import { freePorts } from './free-ports.js';
import {
  kafkaFormatArguments,
  kafkaJavaArguments,
  kafkaProperties,
  type KafkaBrokerPlan,
  type KafkaClusterPlan,
} from './kafka-config.js';
import { kafkaVersion } from './kafka-library.js';

/** A cluster and what ends it. */
export interface StartedKafka extends KafkaCluster {
  stop(): Promise<void>;
}

/** Settles when every broker is up. On failure nothing is left running. */
export async function startKafka(options: BrokersOptions, how: How, launch: Launch): Promise<StartedKafka> {
  const count = options.kafkaBrokers ?? 1;
  const cluster = await planCluster(options, count);
  const brokers = await planBrokers(options, count);
  const units = await Promise.all(brokers.map((broker) => prepare(options, cluster, broker, launch)));

  // The second broker's controller is in the first: last up, first down.
  async function stop(): Promise<void> {
    for (const unit of units.toReversed()) await unit.stop();
  }

  // Together: the first says that it is up before the second has registered, and either fails by its own deadline.
  const outcomes = await Promise.allSettled(units.map((unit) => unit.start()));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }

  const unitAt = (index: number): BrokerUnit => {
    const unit = units[index];
    if (unit === undefined)
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `There is no Kafka broker ${index}; give 0 to ${count - 1}.`,
      );
    return unit;
  };
  return {
    how,
    version: await kafkaVersion(),
    brokers: brokers.map(({ port }) => `localhost:${port}`),
    plaintextBrokers: brokers.flatMap(({ plaintextPort }) =>
      plaintextPort === null ? [] : [`localhost:${plaintextPort}`],
    ),
    proxiedPort: brokers[0]?.proxied?.port ?? null,
    dataFolders: brokers.map(({ folder }) => join(folder, 'data')),
    stopBroker: async (index, how) => unitAt(index).stop(how),
    startBroker: async (index) => unitAt(index).start(),
    stop,
  };
}

async function planCluster(options: BrokersOptions, count: number): Promise<KafkaClusterPlan> {
  const [controllerPort = 0] = await freePorts(1);
  return {
    // A leading "-" would read as an option.
    clusterId: Buffer.from(randomUUID().replaceAll('-', '').replace(/^../, '10'), 'hex').toString(
      'base64url',
    ),
    controllerPort,
    replicas: count,
    internalPassword: randomBytes(24).toString('base64url'),
    admin: options.admin,
    users: options.users,
    settings: options.kafkaSettings ?? {},
    ...(options.kafkaTokens === undefined ? {} : { tokens: options.kafkaTokens }),
  };
}

async function planBrokers(options: BrokersOptions, count: number): Promise<KafkaBrokerPlan[]> {
  const { kafkaProxyPort: proxyPort } = options;
  if (proxyPort !== undefined && count > 1)
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      'A proxy stands before one Kafka broker; start one, or no proxy.',
    );
  const ports = await freePorts(4 * count);
  return Array.from({ length: count }, (_, index) => ({
    node: index + 1,
    folder: resolve(options.folder, `kafka-${index + 1}`),
    port: ports[4 * index] ?? 0,
    internalPort: ports[4 * index + 1] ?? 0,
    plaintextPort: options.plaintext === true ? (ports[4 * index + 2] ?? 0) : null,
    ...(proxyPort === undefined ? {} : { proxied: { port: ports[4 * index + 3] ?? 0, proxyPort } }),
  }));
}

async function prepare(
  options: BrokersOptions,
  cluster: KafkaClusterPlan,
  broker: KafkaBrokerPlan,
  launch: Launch,
): Promise<BrokerUnit> {
  const { folder } = broker;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const secret = { mode: 0o600 };
  const [key, certificate] = await Promise.all([
    readFile(options.tls.keyFile, 'utf8'),
    readFile(options.tls.certFile, 'utf8'),
  ]);
  await writeFile(join(folder, 'broker.pem'), `${key.trimEnd()}\n${certificate}`, secret);
  // Copies, so that a container needs to see this folder only.
  await copyFile(options.tls.caFile, join(folder, 'ca.crt'));
  await writeFile(join(folder, 'server.properties'), kafkaProperties(cluster, broker), secret);
  await writeFile(join(folder, 'format.args'), kafkaFormatArguments(cluster, broker), secret);
  if (cluster.tokens !== undefined) {
    await writeFile(join(folder, 'jwks.json'), cluster.tokens.jwks);
    await writeFile(join(folder, 'java.args'), kafkaJavaArguments(broker));
  }
  const plan = {
    kind: 'kafka' as const,
    name: `Kafka broker ${broker.node}`,
    folder,
    logFile: join(folder, 'broker.log'),
    sign: 'Kafka Server started',
    port: broker.port,
    caFile: join(folder, 'ca.crt'),
    deadlineMs: 120_000,
  };
  return brokerUnit(plan, launch);
}
