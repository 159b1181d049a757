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
export { environmentCredentials, type BrokerCredentials } from './environment.js';
export { FaultProxy, type FaultProxyOptions } from './fault-proxy.js';
export { promtool, type Promtool } from './promtool.js';
export { redisProblem, startRedis, type RedisOptions, type RedisServer } from './redis-server.js';
export { softToken, type SoftToken } from './soft-token.js';
export { startBrokers } from './start-brokers.js';
export type { Toxic } from './toxics.js';
