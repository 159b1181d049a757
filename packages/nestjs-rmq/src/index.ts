// For applications.
export { secureRmqClient, secureRmqServer } from './secure-rmq-transport.js';
export { SecureServerRMQ } from './secure-server-rmq.js';
export { SecureClientRMQ } from './secure-client-rmq.js';
export type { SecureRmqTransportOptions } from './options.js';
