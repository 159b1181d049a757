// `communication_audit`: what is written down, and what becomes of it.
import { either, onlyTrue, stillToCome, type Control } from './control.js';

const always = 'nothing is committed or acknowledged before its event is written';

/** The fields that every event of a message has under exactly these names. */
export const logFields = [
  'sender_id',
  'recipient_id',
  'timestamp',
  'message_type',
  'message_hash',
  'channel',
  'encryption_status',
] as const;

export const communicationAudit: readonly Control[] = [
  onlyTrue('communication_audit.enabled', 'every message leaves an event at both ends', always),
  onlyTrue('communication_audit.logging.log_all_messages', 'none is left out or sampled', always),
  {
    key: 'communication_audit.logging.log_fields',
    takes: { some: logFields },
    standing: 'enforced',
    meaning: 'every event has all seven, whichever are listed',
    why: '',
  },
  stillToCome('communication_audit.storage.type', { one: ['database'] }, 'a database of events'),
  stillToCome(
    'communication_audit.storage.retention_days',
    { from: 1, to: 36_500 },
    'how long it keeps them',
  ),
  stillToCome('communication_audit.storage.encryption', either, 'whether it seals them'),
  stillToCome('communication_audit.alerts.enabled', either, 'alerts from events'),
  stillToCome(
    'communication_audit.alerts.alert_on',
    { some: ['unusual_pattern', 'unauthorised_communication', 'validation_failure', 'encryption_failure'] },
    'what alerts are about',
  ),
  stillToCome('communication_audit.compliance.enabled', either, 'reports from events'),
  stillToCome(
    'communication_audit.compliance.reports',
    { some: ['soc2_communication', 'gdpr_data_in_transit'] },
    'which reports',
  ),
];
