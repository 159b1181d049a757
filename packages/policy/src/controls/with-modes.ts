// What a file states, with the channels whose mode lets plaintext pass: what is stated beside them does not hold there.
import type { ChannelValues } from '../policy-schema.js';
import type { StatedControl } from './control.js';

/** Controls that say of every message what plaintext is not. */
const ofSealedMessages: ReadonlySet<string> = new Set([
  'agent_encryption.enabled',
  'agent_encryption.encryption.encrypt_all',
  'message_validation.enabled',
  'message_validation.signatures.enabled',
  'message_validation.mac.enabled',
  'message_validation.replay_prevention.enabled',
  'channel_security.message_queues.enabled',
  'channel_security.message_queues.encryption_at_rest',
  'channel_security.message_queues.encryption_in_transit',
]);

type Named = readonly [name: string, channel: ChannelValues];

/** The channels come first: what ends with their dates is told with them. */
export function withModes(stated: readonly StatedControl[], channels: readonly Named[]): StatedControl[] {
  const weak = channels.flatMap(([name, { mode, plaintext }]) =>
    mode === 'enforce' || plaintext === undefined ? [] : [{ name, mode, plaintext }],
  );
  if (weak.length === 0) return [...stated];
  const names = weak.map(({ name }) => name).join(' ');
  const untilMs = Math.max(...weak.map(({ plaintext }) => plaintext.insecure_until));
  return [
    ...weak.map(({ name, mode, plaintext }): StatedControl => ({
      key: `channels.${name}.mode`,
      value: mode,
      standing: 'enforced',
      meaning: mode === 'observe' ? observing : `plaintext passes from ${whom(plaintext.from)}`,
      weakUntilMs: plaintext.insecure_until,
    })),
    ...stated.map((control) =>
      ofSealedMessages.has(control.key) && control.value === 'true'
        ? { ...control, value: `true, but not on ${names}`, weakUntilMs: untilMs }
        : control,
    ),
  ];
}

const observing = 'nothing is sealed or refused; audited is what would be refused';
const whom = (from: readonly string[] | undefined): string => from?.join(', ') ?? 'anybody';
