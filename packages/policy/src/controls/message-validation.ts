// `message_validation`: what every received message is held to.
import { onlyThis, onlyTrue, type Control } from './control.js';

const always = 'no message is accepted without it';

export const messageValidation: readonly Control[] = [
  onlyTrue('message_validation.enabled', 'every received message is judged, in one order', always),
  onlyTrue('message_validation.signatures.enabled', 'every message carries its sender’s signature', always),
  onlyThis('message_validation.signatures.algorithm', 'ECDSA', 'with SHA-256'),
  onlyThis('message_validation.signatures.curve', 'P-256', 'of every key'),
  onlyTrue('message_validation.mac.enabled', 'a message is committed to one data key', always),
  onlyThis('message_validation.mac.algorithm', 'HMAC-SHA256', 'over everything that is sealed or bound'),
  onlyTrue(
    'message_validation.format_validation.enabled',
    'payloads are held to their content type, and to the `schema` of their type where it names one, at both ends',
    always,
  ),
  onlyTrue(
    'message_validation.replay_prevention.enabled',
    'no copy of a message is accepted, over restarts too; what cannot be judged waits, or comes marked where `replay.on_unverifiable` says so',
    always,
  ),
];
