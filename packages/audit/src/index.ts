// For the facade.
export { AuditLines } from './audit-lines.js';
export { AuditTrail, type AuditTrailOptions, type OnSinkFailure } from './audit-trail.js';
export { plainEvent, receivedEvent, rejectedEvent, sentEvent } from './message-events.js';
