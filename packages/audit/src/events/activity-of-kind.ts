// What each kind of event is in OCSF’s terms.
import type { AuditKind } from '@sealwire/core';
import { apiActivity, applicationLifecycle, networkActivity, type OcsfClass } from './ocsf-class.js';

export interface Activity {
  readonly class: OcsfClass;
  /** 99 where OCSF has no name for it. */
  readonly id: number;
  readonly name: string;
}

export const activityOfKind: Readonly<Record<AuditKind, Activity>> = Object.freeze({
  'message.sent': { class: apiActivity, id: 1, name: 'Create' },
  'message.received': { class: apiActivity, id: 2, name: 'Read' },
  'message.rejected': { class: apiActivity, id: 99, name: 'Reject' },
  'message.duplicate': { class: apiActivity, id: 99, name: 'Skip' },
  'quarantine.redriven': { class: apiActivity, id: 99, name: 'Re-drive' },
  'quarantine.purged': { class: apiActivity, id: 99, name: 'Purge' },
  'key.created': { class: apiActivity, id: 1, name: 'Create' },
  'key.rotated': { class: apiActivity, id: 3, name: 'Update' },
  'key.revoked': { class: apiActivity, id: 99, name: 'Revoke' },
  'key.destroyed': { class: apiActivity, id: 4, name: 'Delete' },
  'key.used_after_revocation': { class: apiActivity, id: 99, name: 'Use After Revocation' },
  'connection.opened': { class: networkActivity, id: 1, name: 'Open' },
  'connection.closed': { class: networkActivity, id: 2, name: 'Close' },
  'connection.refused': { class: networkActivity, id: 5, name: 'Refuse' },
  'policy.loaded': { class: applicationLifecycle, id: 99, name: 'Load Policy' },
  'policy.changed': { class: applicationLifecycle, id: 8, name: 'Update' },
  'policy.refused': { class: applicationLifecycle, id: 99, name: 'Refuse Policy' },
  'replay.rebuilt': { class: applicationLifecycle, id: 99, name: 'Rebuild Replay Memory' },
  'replay.allowed': { class: applicationLifecycle, id: 99, name: 'Allow Replay' },
  'rotation.failed': { class: applicationLifecycle, id: 99, name: 'Rotate Keys' },
  'audit.started': { class: applicationLifecycle, id: 3, name: 'Start' },
  'audit.stopped': { class: applicationLifecycle, id: 4, name: 'Stop' },
  'audit.gap': { class: applicationLifecycle, id: 99, name: 'Lose Events' },
  'audit.checkpoint': { class: applicationLifecycle, id: 99, name: 'Sign Checkpoint' },
});

/** What was done, in a word: OCSF’s `api.operation`. */
export const operationOf = (kind: AuditKind): string => kind.slice(kind.indexOf('.') + 1);
