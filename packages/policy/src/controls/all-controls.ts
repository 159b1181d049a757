// Every control there is, in the order of the file.
import { agentEncryption } from './agent-encryption.js';
import { channelSecurity } from './channel-security.js';
import { communicationAudit } from './communication-audit.js';
import type { Control } from './control.js';
import { messageValidation } from './message-validation.js';

export const controls: readonly Control[] = [
  ...agentEncryption,
  ...messageValidation,
  ...channelSecurity,
  ...communicationAudit,
];

/** The key beside a control that acknowledges its weak value: the same, with a date. */
export function acknowledgementOf(key: string): string {
  const parts = key.split('.');
  const last = parts.pop()!;
  return [...parts, `insecure_${last}_until`].join('.');
}
