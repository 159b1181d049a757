// For applications.
export {
  secureConnectionManager,
  SecureConnectionManager,
  type SecureConnectionManagerOptions,
} from './secure-connection-manager.js';
