// An audit event in the field names of the Elastic Common Schema.
import { ecsOfKind, type EcsKind } from './ecs-of-kind.js';
import { memberOf, textOf, type ParsedEvent } from './parsed-event.js';

/** ECS’s field, and the member of the event that it is a copy of. */
const copies: readonly (readonly [to: string, from: string])[] = [
  ['@timestamp', 'timestamp'],
  ['message', 'message'],
  ['event.action', 'unmapped.kind'],
  ['event.code', 'unmapped.code'],
  ['event.id', 'metadata.uid'],
  ['event.sequence', 'metadata.sequence'],
  ['event.severity', 'severity_id'],
  ['event.reason', 'status_detail'],
  ['rule.name', 'unmapped.alert'],
  ['user.id', 'sender_id'],
  ['gen_ai.agent.id', 'sender_id'],
  ['destination.user.id', 'recipient_id'],
  ['destination.domain', 'unmapped.host'],
  ['destination.ip', 'dst_endpoint.ip'],
  ['destination.port', 'unmapped.port'],
  ['network.bytes', 'raw_data_size'],
  ['network.application', 'api.service.name'],
  ['host.hostname', 'unmapped.writer_host'],
  ['process.pid', 'unmapped.pid'],
  ['observer.version', 'metadata.product.version'],
  ['tls.cipher', 'unmapped.tls_cipher'],
  ['tls.server.x509.subject.common_name', 'unmapped.peer'],
  ['tls.server.issuer', 'unmapped.peer_issuer'],
  ['tls.server.x509.serial_number', 'unmapped.peer_serial'],
  ['trace.id', 'trace.uid'],
  ['span.id', 'trace.span.uid'],
  ['sealwire', 'unmapped'],
];

const outcomes: Readonly<Record<number, string>> = { 1: 'success', 2: 'failure' };

/**
 * An event as an ECS 9.x document, nested. `sealwire` has all of `unmapped`: the seven flat fields, and whatever ECS has no
 * place for. Names that are claims of an unverified record are claims here too: `sealwire.unverified`.
 * A list of recipients stays one text in `destination.user.id`, and is taken apart in `related.user`.
 */
export function toEcs(event: ParsedEvent): Record<string, unknown> {
  const kind = (ecsOfKind as Readonly<Record<string, EcsKind>>)[textOf(event, 'unmapped.kind') ?? ''];
  const document: Record<string, unknown> = {};
  const put = (path: string, value: unknown): void => {
    if (value !== undefined) putAt(document, path.split('.'), value);
  };
  put('ecs.version', '9.4.0');
  put('event.module', 'sealwire');
  put('event.dataset', 'sealwire.audit');
  put('event.kind', memberOf(event, 'is_alert') === true ? 'alert' : 'event');
  put('event.category', kind?.category);
  put('event.type', kind?.type);
  put('event.outcome', outcomes[Number(memberOf(event, 'status_id'))] ?? 'unknown');
  put('network.direction', kind?.direction);
  put('observer.vendor', 'Sealwire');
  put('observer.product', 'Sealwire');
  for (const [to, from] of copies) put(to, memberOf(event, from));
  put('network.application', textOf(event, 'unmapped.transport'));
  const version = textOf(event, 'unmapped.tls_version');
  if (version !== undefined) {
    put('tls.established', true);
    put('tls.version_protocol', 'tls');
    put('tls.version', version.replace(/^TLSv/, ''));
  }
  put('tls.server.hash.sha256', textOf(event, 'unmapped.peer_fingerprint')?.toUpperCase());
  const recipients = textOf(event, 'recipient_id')?.split(',') ?? [];
  put('related.user', eachOnce(textOf(event, 'sender_id'), ...recipients, textOf(event, 'unmapped.writer')));
  put('related.hash', eachOnce(textOf(event, 'message_hash'), textOf(event, 'unmapped.record_hash')));
  put('related.hosts', eachOnce(textOf(event, 'unmapped.writer_host'), textOf(event, 'unmapped.host')));
  put('related.ip', eachOnce(textOf(event, 'dst_endpoint.ip')));
  return document;
}

function eachOnce(...texts: readonly (string | undefined)[]): readonly string[] | undefined {
  const found = new Set(texts.filter((text) => text !== undefined));
  return found.size === 0 ? undefined : [...found];
}

function putAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) target[name] = value;
  else putAt((target[name] ??= {}) as Record<string, unknown>, rest, value);
}
