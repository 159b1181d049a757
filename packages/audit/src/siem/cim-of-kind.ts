// Which data model of Splunk's Common Information Model each kind of event belongs to, and as what.
import type { AuditKind } from '@sealwire/core';

export interface CimKind {
  /** The data model, and what its tags are. */
  readonly model: 'Network_Traffic' | 'Change';
  /** One of the values that the model prescribes. */
  readonly action: string;
  /** Change only. */
  readonly objectCategory?: string;
}

const traffic = (action: string): CimKind => ({ model: 'Network_Traffic', action });
const change = (action: string, objectCategory: string): CimKind => ({
  model: 'Change',
  action,
  objectCategory,
});

export const cimOfKind: Readonly<Record<AuditKind, CimKind>> = Object.freeze({
  'message.sent': traffic('allowed'),
  'message.received': traffic('allowed'),
  'message.rejected': traffic('blocked'),
  'message.duplicate': traffic('blocked'),
  'connection.opened': traffic('allowed'),
  'connection.refused': traffic('blocked'),
  'connection.closed': traffic('teardown'),
  'quarantine.redriven': change('modified', 'quarantine'),
  'quarantine.purged': change('deleted', 'quarantine'),
  'replay.rebuilt': change('modified', 'replay_memory'),
  'replay.allowed': change('modified', 'replay_memory'),
  'key.created': change('created', 'key'),
  'key.rotated': change('modified', 'key'),
  'key.revoked': change('modified', 'key'),
  'key.destroyed': change('deleted', 'key'),
  'key.used_after_revocation': change('read', 'key'),
  'rotation.failed': change('modified', 'key'),
  'policy.loaded': change('read', 'policy'),
  'policy.changed': change('modified', 'policy'),
  'policy.refused': change('modified', 'policy'),
  'audit.started': change('started', 'audit'),
  'audit.stopped': change('stopped', 'audit'),
  'audit.gap': change('cleared', 'audit'),
  'audit.checkpoint': change('updated', 'audit'),
});

/** The tags by which Splunk finds the events of a model. */
export const cimTags = {
  Network_Traffic: ['network', 'communicate'],
  Change: ['change'],
  Alerts: ['alert'],
} as const;
