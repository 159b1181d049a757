// For users: what the command does, as functions.
export { initFolder, type InitReport } from './init-folder.js';
export type { InitOptions } from './init-options.js';
export type { TlsFiles } from './init-tls.js';
export { checkPolicy, type PolicyCheck } from './policy-check.js';
export { run, type ExitCode } from './run.js';
export type { Streams } from './output.js';
export { aclDrift, type AclDrift } from './acl-drift.js';
export type { AclOptions } from './acl-options.js';
