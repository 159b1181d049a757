// Renders an event as the JSON text that stands on the audit topic.
import type { AuditEvent, AuditLine } from '@sealwire/core';

/** Longest text of one field; what is longer is cut and ends in `…`. Names come from messages, which may be hostile. */
const maxFieldCharacters = 1_024;

/**
 * One flat JSON object. The seven fields an auditor asks for stand under exactly these names: sender_id, recipient_id,
 * timestamp (ISO 8601, UTC), message_type, message_hash, channel, encryption_status. Never payload, keys or credentials.
 * @param writer the agent whose process saw it
 */
export function auditLine(event: AuditEvent, writer: string): AuditLine {
  const object: Record<string, string | number | boolean | null> = {
    kind: event.kind,
    timestamp: new Date(event.timestampMs).toISOString(),
    sender_id: cut(event.senderId),
    recipient_id: cut(event.recipientId),
    message_type: cut(event.messageType),
    message_hash: event.messageHash,
    channel: cut(event.channel),
    encryption_status: event.encryptionStatus,
    outcome: event.outcome,
    writer: cut(writer),
  };
  if (event.code !== null) object['code'] = event.code;
  if (event.recordHash !== null) object['record_hash'] = event.recordHash;
  if (event.unverified) object['unverified'] = true;
  for (const [name, value] of Object.entries(event.facts))
    object[name] = typeof value === 'string' ? cut(value) : value;
  return {
    // A claim must not choose where the event goes: a key that no queue is bound by would hold up the audit for ever.
    key: event.senderId === null || event.unverified ? writer : cut(event.senderId)!,
    json: inAscii(JSON.stringify(object)),
  };
}

function cut(text: string | null): string | null {
  return text !== null && text.length > maxFieldCharacters ? `${text.slice(0, maxFieldCharacters)}…` : text;
}

/**
 * JSON.stringify escapes C0 controls only. What else is not visible ASCII (line separators, C1 controls, direction marks,
 * letters that look like others) would break or forge a line, or a terminal, of whoever reads it (CWE-117, CWE-1007).
 */
function inAscii(json: string): string {
  return json.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
