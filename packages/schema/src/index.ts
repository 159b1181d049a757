// For the facade.
export { checkContent } from './check-content.js';
export { openPayloads, payloadsInSteps, type PayloadDescription, type Payloads } from './open-payloads.js';
export { payloadCheck, type Framing, type PayloadCheck, type PayloadForm } from './payload-check.js';
export { compileSchema, loadSchema, type PayloadSchema } from './payload-schema.js';
// For the command.
export { incompatibilities } from './compatibility.js';
export { fingerprints, type Fingerprints } from './fingerprints.js';
export { listedConstraints } from './listed-constraints.js';
export type { PayloadType } from './payload-type.js';
// Bytes before any decoder sees them.
export { scanner } from './scanner.js';
export { defaultScanLimits, type ScanLimits } from './scan-limits.js';
export type { ScanKind } from './scan-failure.js';
