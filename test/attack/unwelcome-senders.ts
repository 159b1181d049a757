// Messages by real agents with real keys, that local policy or the directory does not allow: the last defence when an agent was taken over.
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
  sealed(
    'other-type',
    'a valid message of a type that the policy does not have here',
    'ERR_POLICY_TYPE',
    'sender-with-other-type',
  ),
  sealed('too-old', 'a valid message that is older than max_age', 'ERR_POLICY_AGE', 'sender-with-slow-clock'),
  sealed(
    'from-the-future',
    'a valid message that was issued in the future',
    'ERR_POLICY_FUTURE',
    'sender-with-fast-clock',
  ),
  sealed('other-realm', 'a message of another realm', 'ERR_POLICY_REALM', 'sender-of-other-realm'),
  sealed(
    'not-for-me',
    'a message whose data key was wrapped for somebody else only',
    'ERR_KEY_NOT_FOR_ME',
    'sender-that-wraps-for-intern',
  ),
  sealed(
    'broken-wrap',
    'a message whose wrapped data key does not open',
    'ERR_KEY_WRAP',
    'sender-with-broken-wrap',
  ),
  sealed(
    'payload-not-as-declared',
    'a valid message whose payload is not of its content type',
    'ERR_VALIDATION_PAYLOAD',
    'sender-without-validation',
  ),
  sealed(
    'compressed',
    'a valid message whose payload is compressed, which the policy does not have here',
    'ERR_POLICY_COMPRESSION',
    'sender-that-compresses',
  ),
];
