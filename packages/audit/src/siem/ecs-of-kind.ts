// What each kind of event is in the categories of the Elastic Common Schema.
import type { AuditKind } from '@sealwire/core';

/** Values that ECS allows for event.category and event.type, and for these together. */
export interface EcsKind {
  readonly category: readonly string[];
  readonly type: readonly string[];
  /** network.direction, as the writer’s machine sees it. */
  readonly direction?: 'egress' | 'ingress';
}

const kind = (category: string, ...type: string[]): EcsKind => ({ category: [category], type });

export const ecsOfKind: Readonly<Record<AuditKind, EcsKind>> = Object.freeze({
  'message.sent': { ...kind('api', 'access'), direction: 'egress' },
  'message.received': { ...kind('api', 'access', 'allowed'), direction: 'ingress' },
  'message.rejected': { ...kind('api', 'access', 'denied'), direction: 'ingress' },
  'message.duplicate': { ...kind('api', 'info'), direction: 'ingress' },
  'replay.rebuilt': kind('configuration', 'info'),
  'replay.allowed': kind('configuration', 'change'),
  'quarantine.redriven': kind('api', 'access'),
  'quarantine.purged': kind('api', 'deletion'),
  'connection.opened': kind('network', 'connection', 'start', 'allowed'),
  'connection.refused': kind('network', 'connection', 'denied'),
  'connection.closed': kind('network', 'connection', 'end'),
  'key.created': kind('configuration', 'creation'),
  'key.rotated': kind('configuration', 'change'),
  'key.revoked': kind('configuration', 'change'),
  'key.destroyed': kind('configuration', 'deletion'),
  'key.used_after_revocation': kind('intrusion_detection', 'info'),
  'rotation.failed': kind('configuration', 'info'),
  'policy.loaded': kind('configuration', 'access'),
  'policy.changed': kind('configuration', 'change'),
  'policy.refused': kind('configuration', 'info'),
  'audit.started': kind('process', 'start'),
  'audit.stopped': kind('process', 'end'),
  'audit.gap': kind('process', 'info'),
  'audit.checkpoint': kind('process', 'info'),
});
