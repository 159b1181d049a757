// For users: what the command does, as functions.
export { initFolder, type InitReport } from './init-folder.js';
export type { InitOptions } from './init-options.js';
export type { TlsFiles } from './init-tls.js';
