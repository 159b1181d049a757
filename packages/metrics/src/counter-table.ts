// The table: which events of the audit trail feed which counter.
import { alertOf, severities, severityOf } from '@sealwire/audit';
import type { AuditEvent, AuditKind, Code } from '@sealwire/core';
import type { CounterRow } from './counter-row.js';

const messages = [
  'message.sent',
  'message.received',
  'message.rejected',
  'message.duplicate',
] as const satisfies readonly AuditKind[];

/** Refused records that lay in a row are one event. */
const recordsOf = ({ facts }: AuditEvent): number => {
  const count = facts['rejected_count'];
  return typeof count === 'number' && count > 0 ? count : 1;
};

const replays: ReadonlySet<Code | null> = new Set<Code>(['ERR_POLICY_REPLAY', 'ERR_POLICY_REPLAY_LIMIT']);

const isTls = (code: Code | null): boolean =>
  code !== null &&
  (code.startsWith('ERR_USAGE_TLS_') ||
    code === 'ERR_USAGE_PIN' ||
    code === 'ERR_USAGE_REVOKED' ||
    code === 'ERR_UNABLE_HANDSHAKE');

/** `message.rejected` → `rejected`. */
const lastWord = ({ kind }: AuditEvent): string => kind.slice(kind.indexOf('.') + 1);

const byEvent = (
  name: string,
  instrument: string,
  help: string,
  kinds: readonly AuditKind[],
): CounterRow => ({
  name,
  instrument,
  unit: '{event}',
  help,
  labels: ['system', 'event'],
  attributes: ['messaging.system', 'sealwire.event'],
  kinds,
  values: (event, transport) => [transport, lastWord(event)],
});

const refusals = (
  name: string,
  instrument: string,
  help: string,
  counts: (event: AuditEvent) => boolean,
): CounterRow => ({
  name,
  instrument,
  unit: '{message}',
  help,
  labels: ['system', 'channel', 'reason'],
  attributes: ['messaging.system', 'sealwire.channel', 'sealwire.reason'],
  kinds: ['message.rejected'],
  values: (event, transport) => (counts(event) ? [transport, event.channel ?? '', event.code ?? ''] : null),
  amount: recordsOf,
});

/** All counters that are fed by events. Prometheus shows every one from the start where it has no open label. */
export const counterTable: readonly CounterRow[] = Object.freeze([
  {
    name: 'sealwire_messages_total',
    instrument: 'sealwire.messages',
    unit: '{message}',
    help: 'Messages at this end, by what became of them and how they were protected.',
    labels: ['system', 'channel', 'direction', 'result', 'encryption'],
    attributes: [
      'messaging.system',
      'sealwire.channel',
      'sealwire.direction',
      'sealwire.result',
      'sealwire.encryption_status',
    ],
    kinds: messages,
    values: (event, transport) => [
      transport,
      event.channel ?? '',
      event.kind === 'message.sent' ? 'sent' : 'received',
      event.outcome,
      event.encryptionStatus,
    ],
    amount: recordsOf,
  },
  refusals(
    'sealwire_unauthorised_total',
    'sealwire.unauthorised',
    'Refused messages whose sender, type, channel or audience is not what the policy allows.',
    (event) => alertOf(event) === 'unauthorised_communication',
  ),
  refusals(
    'sealwire_validation_failures_total',
    'sealwire.validation_failures',
    'Refused messages that are malformed or break their schema.',
    (event) => alertOf(event) === 'validation_failure',
  ),
  {
    ...refusals(
      'sealwire_encryption_failures_total',
      'sealwire.encryption_failures',
      'Messages and connections that were refused because signature, seal, key or TLS are not good.',
      () => true,
    ),
    unit: '{failure}',
    labels: ['system', 'channel', 'stage', 'reason'],
    attributes: ['messaging.system', 'sealwire.channel', 'sealwire.stage', 'sealwire.reason'],
    kinds: ['message.rejected', 'connection.refused'],
    values: (event, transport) =>
      alertOf(event) === 'encryption_failure'
        ? [transport, event.channel ?? '', event.kind.slice(0, event.kind.indexOf('.')), event.code ?? '']
        : null,
  },
  refusals(
    'sealwire_replay_rejected_total',
    'sealwire.replay_rejected',
    'Refused copies of messages that were accepted before.',
    ({ code }) => replays.has(code),
  ),
  {
    name: 'sealwire_alerts_total',
    instrument: 'sealwire.alerts',
    unit: '{event}',
    help: 'Audit events that are alerts, by the kind of alert.',
    labels: ['system', 'type', 'severity'],
    attributes: ['messaging.system', 'sealwire.alert', 'sealwire.severity'],
    kinds: [
      'message.rejected',
      'message.received',
      'connection.refused',
      'policy.refused',
      'key.used_after_revocation',
    ],
    values: (event, transport) => {
      const alert = alertOf(event);
      return alert === null ? null : [transport, alert, severities[severityOf(event, alert)].toLowerCase()];
    },
  },
  {
    name: 'sealwire_connections_total',
    instrument: 'sealwire.connections',
    unit: '{connection}',
    help: 'Connections to brokers that were opened, refused (with the reason) or closed.',
    labels: ['system', 'event', 'reason'],
    attributes: ['messaging.system', 'sealwire.event', 'sealwire.reason'],
    kinds: ['connection.opened', 'connection.refused', 'connection.closed'],
    values: (event, transport) => [transport, lastWord(event), event.code ?? ''],
  },
  {
    name: 'sealwire_tls_handshake_failures_total',
    instrument: 'sealwire.tls_handshake_failures',
    unit: '{connection}',
    help: 'Connections that were refused before the login because TLS is not as the policy asks.',
    labels: ['system', 'reason'],
    attributes: ['messaging.system', 'sealwire.reason'],
    kinds: ['connection.refused'],
    values: ({ code }, transport) => (isTls(code) ? [transport, code!] : null),
  },
  byEvent(
    'sealwire_key_events_total',
    'sealwire.key_events',
    'Keys that were created, rotated, revoked, destroyed or used after revocation, and rotations that failed.',
    [
      'key.created',
      'key.rotated',
      'key.revoked',
      'key.destroyed',
      'key.used_after_revocation',
      'rotation.failed',
    ],
  ),
  byEvent(
    'sealwire_policy_events_total',
    'sealwire.policy_events',
    'Policies that were loaded, changed or refused.',
    ['policy.loaded', 'policy.changed', 'policy.refused'],
  ),
  byEvent(
    'sealwire_quarantine_events_total',
    'sealwire.quarantine_events',
    'Quarantined messages that were re-driven or purged.',
    ['quarantine.redriven', 'quarantine.purged'],
  ),
  byEvent(
    'sealwire_replay_events_total',
    'sealwire.replay_events',
    'Replay memories that were rebuilt from the log, and replays that an operator allowed.',
    ['replay.rebuilt', 'replay.allowed'],
  ),
  byEvent(
    'sealwire_audit_trail_events_total',
    'sealwire.audit.trail_events',
    'Starts, stops, gaps and checkpoints of audit trails.',
    ['audit.started', 'audit.stopped', 'audit.gap', 'audit.checkpoint'],
  ),
  {
    name: 'sealwire_audit_chain_gaps_total',
    instrument: 'sealwire.audit.chain_gaps',
    unit: '{gap}',
    help: 'Gaps that trails of this process told of: events that were lost before they could be chained.',
    labels: ['system'],
    attributes: ['messaging.system'],
    kinds: ['audit.gap'],
    values: (_event, transport) => [transport],
  },
]);
