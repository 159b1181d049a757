// Starts a RabbitMQ node, whatever way it is launched.
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { brokerUnit, type Launch } from './broker-unit.js';
import type { BrokersOptions, How, RabbitmqNode } from './brokers.js';
import { freePorts } from './free-ports.js';
import {
  rabbitmqDefinitions,
  rabbitmqPlugins,
  rabbitmqPorts,
  rabbitmqSettings,
  type RabbitmqPlan,
} from './rabbitmq-config.js';
import { textFrom } from './wait-until-up.js';

/** A node and what ends it. */
export interface StartedRabbitmq extends RabbitmqNode {
  stop(): Promise<void>;
}

/** Settles when the node is up. On failure nothing is left running. */
export async function startRabbitmq(
  options: BrokersOptions,
  how: How,
  launch: Launch,
): Promise<StartedRabbitmq> {
  const [port = 0, plaintext = 0, managementPort = 0, managementTlsPort = 0, dist = 0, epmd = 0] =
    await freePorts(6);
  const folder = resolve(options.folder, 'rabbitmq');
  const file = (name: string): string => join(folder, name);
  const plan: RabbitmqPlan = {
    folder,
    // Copies, so that a container needs to see this folder only.
    tls: { caFile: file('ca.crt'), certFile: file('broker.crt'), keyFile: file('broker.key') },
    port,
    plaintextPort: options.plaintext === true ? plaintext : null,
    managementPort,
    managementTlsPort,
    admin: options.admin,
    users: options.users,
    permissions: options.rabbitmqPermissions ?? {},
  };

  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFile(options.tls.caFile, plan.tls.caFile);
  await copyFile(options.tls.certFile, plan.tls.certFile);
  await copyFile(options.tls.keyFile, plan.tls.keyFile);
  const secret = { mode: 0o600 };
  await writeFile(file('rabbitmq.conf'), rabbitmqSettings(plan), secret);
  await writeFile(file('definitions.json'), rabbitmqDefinitions(plan), secret);
  await writeFile(file('enabled_plugins'), rabbitmqPlugins);
  await writeFile(file('ports'), rabbitmqPorts(port, dist, epmd));

  const unit = brokerUnit(
    {
      kind: 'rabbitmq',
      name: 'RabbitMQ',
      folder,
      logFile: file('broker.log'),
      sign: 'Server startup complete',
      port,
      caFile: plan.tls.caFile,
      deadlineMs: 120_000,
    },
    launch,
  );
  await unit.start();
  const started = /Starting RabbitMQ (\S+) on Erlang/.exec(await textFrom(unit.logFile, 0));
  return {
    how,
    version: started?.[1] ?? 'unknown',
    url: `amqps://localhost:${port}`,
    plaintextUrl: plan.plaintextPort === null ? null : `amqp://localhost:${plan.plaintextPort}`,
    managementUrl: `http://localhost:${managementPort}`,
    managementTlsUrl: `https://localhost:${managementTlsPort}`,
    dataFolders: [file('data')],
    stopNode: (how) => unit.stop(how),
    startNode: () => unit.start(),
    stop: () => unit.stop(),
  };
}
