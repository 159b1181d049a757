// What OCSF says of an event and is the same in all that are alike: all but hashes, numbers, times, trace and resources.
import { codes, type AuditEvent } from '@sealwire/core';
import type { Alert } from './alert-of-code.js';
import { activityOfKind, operationOf } from './activity-of-kind.js';
import { actorOf, destinationOf, sourceOf } from './endpoints-of.js';
import type { EventTexts } from './event-texts.js';
import { messageText } from './message-text.js';
import { apiActivity, applicationLifecycle, networkActivity } from './ocsf-class.js';
import { serviceOf } from './resources-of.js';
import { securityOf } from './security-of.js';
import { severities, severityOf } from './severity-of.js';
import { statusOf } from './status-of.js';
import { tlsOf } from './tls-of.js';
import type { WriterFacts } from './writer-facts.js';

type Members = Readonly<Record<string, unknown>>;

/** Members of the event itself. */
export function ocsfMembers(
  event: AuditEvent,
  writer: WriterFacts,
  alert: Alert | null,
  texts: EventTexts,
): Members {
  const { kind, code } = event;
  const { class: of, id, name } = activityOfKind[kind];
  const severityId = severityOf(event, alert);
  const status = statusOf(event);
  return {
    category_uid: of.categoryUid,
    category_name: of.categoryName,
    class_uid: of.uid,
    class_name: of.name,
    activity_id: id,
    activity_name: name,
    type_uid: of.uid * 100 + id,
    type_name: `${of.name}: ${of.activities[id]}`,
    severity_id: severityId,
    severity: severities[severityId],
    status_id: status.id,
    status: status.name,
    status_code: code ?? undefined,
    status_detail: code === null ? undefined : codes[code],
    message: messageText(event, texts),
    actor: actorOf(event, writer, texts),
    ...(of === apiActivity
      ? {
          api: { operation: operationOf(kind), service: serviceOf(event) },
          src_endpoint: sourceOf(event, writer, texts),
          dst_endpoint: destinationOf(event, texts),
        }
      : {}),
    ...(of === networkActivity
      ? {
          src_endpoint: sourceOf(event, writer, texts),
          dst_endpoint: destinationOf(event, texts),
          tls: tlsOf(texts),
        }
      : {}),
    ...(of === applicationLifecycle ? { app: productOf(texts) } : {}),
    ...(alert === null ? {} : securityOf(event)),
  };
}

/** Members of its `metadata`. */
export function metadataMembers(
  { kind }: AuditEvent,
  alert: Alert | null,
  texts: EventTexts,
  traced: boolean,
  isCut: boolean,
): Members {
  const profiles = [
    ...(activityOfKind[kind].class.actorByProfile ? ['host'] : []),
    ...(alert === null ? [] : ['security_control']),
    ...(traced ? ['trace'] : []),
  ];
  return {
    version: '1.8.0',
    product: productOf(texts),
    log_name: 'sealwire-audit',
    event_code: kind,
    profiles: profiles.length === 0 ? undefined : profiles,
    reporter: { uid: texts.writer, hostname: texts.host },
    is_truncated: isCut ? true : undefined,
  };
}

const productOf = ({ version }: EventTexts): Members => ({
  name: 'Sealwire',
  vendor_name: 'Sealwire',
  version,
});
