// For the facade.
export { checkFreshness, type FreshnessOptions } from './check-freshness.js';
export { PartitionLedger, type LedgerOptions } from './partition-ledger.js';
export { replayAllowance } from './replay-allowance.js';
export { type ReplayLimits } from './nonce-state.js';
