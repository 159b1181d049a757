// What a policy says of payloads, line by line, for those who check them.
import type { MessagePolicy, PolicyTemplate } from './policy.js';

/** What the policy says of the payloads of one message type on one channel. */
export interface PayloadLine extends Pick<
  MessagePolicy,
  'type' | 'contentType' | 'schemaFile' | 'acceptedFiles' | 'framing'
> {
  readonly channel: string;
  /** `file:line:column`, for errors. */
  readonly place: string;
}

/** Every message type of every channel. */
export function payloadsOf(policy: PolicyTemplate): readonly PayloadLine[] {
  return policy.channels.flatMap(({ name, messages }) =>
    messages.map((message, i) => ({
      channel: name,
      type: message.type,
      contentType: message.contentType,
      schemaFile: message.schemaFile,
      acceptedFiles: message.acceptedFiles,
      framing: message.framing,
      place: policy.at(['channels', name, 'messages', i]),
    })),
  );
}
