// For applications.
export { secureKafkaClient, secureKafkaServer } from './secure-kafka-transport.js';
export { SecureServerKafka } from './secure-server-kafka.js';
export { SecureClientKafka } from './secure-client-kafka.js';
export type { SecureKafkaTransportOptions } from './options.js';
