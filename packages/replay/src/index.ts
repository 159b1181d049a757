// For the facade.
export { checkFreshness, type FreshnessOptions } from './check-freshness.js';
export { PartitionLedger, type LedgerOptions } from './partition-ledger.js';
export { replayAllowance } from './replay-allowance.js';
export { type ReplayLimits } from './nonce-state.js';
export { ClaimKeeper, type ClaimKeeperParts } from './claim-keeper.js';
export { acceptLoss, KnownStore, type KnownStoreParts } from './known-store.js';
export type { OpenedStore } from './opened-store.js';
export type { RedisPlace } from './redis-client.js';
export { openRedisStore, type RedisServer } from './redis-store.js';
export { openSqliteStore } from './sqlite-store.js';
export type { SqliteFile } from './sqlite-done-set.js';
// For the command line.
export { inspectRedis, type InspectedRedis } from './inspect-redis.js';
export { inspectSqlite, type InspectedSqlite } from './inspect-sqlite.js';
