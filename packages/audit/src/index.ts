// For the facade.
export { auditLine } from './audit-line.js';
export { AuditTrail, type AuditTrailOptions, type OnSinkFailure } from './audit-trail.js';
export { receivedEvent, rejectedEvent, sentEvent } from './message-events.js';
