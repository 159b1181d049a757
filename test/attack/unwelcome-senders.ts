// Messages by real agents with real keys, that local policy or the directory does not allow.
import type { Attack } from './attack.ts';
import type { Insider } from './insiders.ts';

const sealed = (name: string, move: string, code: Attack['code'], insider: Insider): Attack => ({
  name,
  move,
  code,
  make: ({ first, sealedBy }) => [{ value: sealedBy(insider), key: first.key, headers: {} }],
});

export const unwelcomeSenders: readonly Attack[] = [
  sealed(
    'sender-not-allowed',
    'a valid message by an agent whose own policy allows it, but not ours',
    'ERR_POLICY_SENDER',
    'intern',
  ),
  sealed(
    'other-audience',
    'a valid message that its sender sealed for another audience',
    'ERR_POLICY_AUDIENCE',
    'sender-with-other-audience',
  ),
  sealed(
    'forged-name',
    'a message in another agent’s name under one’s own key',
    'ERR_KEY_OWNER',
    'intern-as-sender',
  ),
  sealed(
    'forged-signature',
    'a message in another agent’s name and key id, signed with one’s own key',
    'ERR_INTEGRITY_SIGNATURE',
    'intern-with-sender-key-id',
  ),
];
