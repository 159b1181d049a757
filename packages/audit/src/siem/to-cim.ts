// An audit event in the field names of Splunk's Common Information Model.
import { cimOfKind, cimTags, type CimKind } from './cim-of-kind.js';
import { memberOf, textOf, type ParsedEvent } from './parsed-event.js';

/** OCSF’s severity_id, in CIM’s words. */
const severities: Readonly<Record<number, string>> = {
  1: 'informational',
  2: 'low',
  3: 'medium',
  4: 'high',
  5: 'critical',
  6: 'critical',
};

const statuses: Readonly<Record<number, string>> = { 1: 'success', 2: 'failure' };

/**
 * An event as flat CIM fields: of the model Network_Traffic (messages and connections) or Change (keys, policies, quarantine,
 * the trail itself), and of Alerts too where it is one; `tag` says which. The seven flat fields keep their own names beside
 * them. `src` and `dest` are agents, of connections the writer’s machine and the broker.
 */
export function toCim(event: ParsedEvent): Record<string, unknown> {
  const name = textOf(event, 'unmapped.kind') ?? '';
  const kind = (cimOfKind as Readonly<Record<string, CimKind>>)[name];
  const isAlert = memberOf(event, 'is_alert') === true;
  const timeMs = memberOf(event, 'time');
  const isConnection = name.startsWith('connection.');
  const fields: Readonly<Record<string, unknown>> = {
    _time: typeof timeMs === 'number' ? timeMs / 1_000 : undefined,
    vendor_product: 'Sealwire',
    tag: [...(kind === undefined ? [] : cimTags[kind.model]), ...(isAlert ? cimTags.Alerts : [])],
    sender_id: memberOf(event, 'sender_id'),
    recipient_id: memberOf(event, 'recipient_id'),
    timestamp: memberOf(event, 'timestamp'),
    message_type: memberOf(event, 'message_type'),
    message_hash: memberOf(event, 'message_hash'),
    channel: memberOf(event, 'channel'),
    encryption_status: memberOf(event, 'encryption_status'),
    id: textOf(event, 'metadata.uid'),
    signature: textOf(event, 'unmapped.alert') ?? name,
    signature_id: name,
    severity: severities[Number(memberOf(event, 'severity_id'))] ?? 'unknown',
    user: textOf(event, 'sender_id'),
    dvc: textOf(event, 'unmapped.writer_host'),
    app: textOf(event, 'unmapped.transport') ?? textOf(event, 'api.service.name'),
    status: statuses[Number(memberOf(event, 'status_id'))],
    reason: textOf(event, 'unmapped.code'),
    description: textOf(event, 'message'),
    src: isConnection ? textOf(event, 'unmapped.writer_host') : textOf(event, 'sender_id'),
    dest: isConnection ? textOf(event, 'unmapped.host') : textOf(event, 'recipient_id'),
    ...(kind === undefined ? {} : modelFields(kind, event)),
    type: isAlert ? 'alert' : 'event',
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}

function modelFields(kind: CimKind, event: ParsedEvent): ParsedEvent {
  if (kind.model === 'Change')
    return {
      action: kind.action,
      change_type: 'sealwire',
      object_category: kind.objectCategory,
      object: textOf(event, 'unmapped.key_id') ?? textOf(event, 'unmapped.policy_hash'),
    };
  return {
    action: kind.action,
    bytes: memberOf(event, 'raw_data_size'),
    dest_port: memberOf(event, 'unmapped.port'),
    transport: 'tcp',
    ssl_version: textOf(event, 'unmapped.tls_version'),
    ssl_cipher: textOf(event, 'unmapped.tls_cipher'),
  };
}
