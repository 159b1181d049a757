// For the facade.
export { checkContent } from './check-content.js';
// Bytes before any decoder sees them.
export { scanner } from './scanner.js';
export { defaultScanLimits, type ScanLimits } from './scan-limits.js';
export type { ScanKind } from './scan-failure.js';
