// What an event is about, in OCSF’s terms.
import type { AuditEvent } from '@sealwire/core';
import type { EventTexts } from './event-texts.js';

interface Resource {
  readonly name?: string;
  readonly uid?: string;
  readonly type: string;
}

/** Facts that name a place of a broker, and OCSF’s type of it. */
const places = ['topic', 'exchange', 'queue'] as const;

/** All but the message itself. */
export function resourcesOf({ kind }: AuditEvent, { channel, fact }: EventTexts): readonly Resource[] {
  const resources: Resource[] = [];
  for (const type of places) {
    const name = fact(type);
    if (name !== undefined) resources.push({ name, type });
  }
  if (channel !== null) resources.push({ name: channel, type: 'channel' });
  const keyId = fact('key_id');
  if (kind.startsWith('key.') && keyId !== undefined) {
    const name = fact('name');
    resources.push(name === undefined ? { uid: keyId, type: 'key' } : { name, uid: keyId, type: 'key' });
  }
  return resources;
}

/** Of the broker that a message goes over. */
export function serviceOf({ facts }: AuditEvent): { readonly name: string } | undefined {
  if ('topic' in facts) return { name: 'kafka' };
  return 'exchange' in facts || 'queue' in facts ? { name: 'rabbitmq' } : undefined;
}
