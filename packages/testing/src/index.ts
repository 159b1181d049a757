// Real brokers for tests, benches and the demo.
export type {
  BrokerTls,
  BrokerUser,
  Brokers,
  BrokersOptions,
  How,
  KafkaTokens,
  KafkaCluster,
  Kind,
  RabbitmqNode,
  RabbitmqPermission,
  StopOptions,
} from './brokers.js';
export { debianTool } from './debian-tool.js';
export { environmentCredentials, type BrokerCredentials } from './environment.js';
export { FaultProxy, type FaultProxyOptions } from './fault-proxy.js';
export { startGuarded, type GuardedProcess, type GuardOptions } from './guarded-process.js';
export { hasKafkaLibrary, kafkaLibraryFolder } from './kafka-library.js';
export { promtool, type Promtool } from './promtool.js';
export { redisProblem, startRedis, type RedisOptions, type RedisServer } from './redis-server.js';
export { runCommand, type CommandOptions, type CommandResult } from './run-command.js';
export { softToken, type SoftToken } from './soft-token.js';
export { startBrokers } from './start-brokers.js';
export type { Toxic } from './toxics.js';
