// For the facade.
export { checkFreshness, type FreshnessOptions } from './check-freshness.js';
