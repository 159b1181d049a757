// `agent_encryption`: what is sealed, with what, and how often keys change.
import { onlyThis, onlyTrue, either, type Control } from './control.js';

const noPlaintext =
  'there are no messages without it; a channel that must stay in clear does not belong here';

export const agentEncryption: readonly Control[] = [
  onlyTrue('agent_encryption.enabled', 'every message is sealed for its audience', noPlaintext),
  onlyThis('agent_encryption.algorithm', 'AES-256-GCM', 'seals payload and application headers'),
  onlyThis('agent_encryption.key_length', '256', 'bits of a data key'),
  onlyThis('agent_encryption.key_exchange', 'ECDH', 'data keys are wrapped by HPKE, over ECDH on P-256'),
  onlyTrue(
    'agent_encryption.encryption.encrypt_all',
    'every type on every channel; of a tombstone there is nothing to seal, and it is signed',
    noPlaintext,
  ),
  {
    key: 'agent_encryption.rotation.enabled',
    takes: either,
    standing: 'enforced',
    meaning:
      'keys end with their validity and are replaced by the rules of `rotation`: by this process where it has `issuer_key_file`, else by an operator',
    why: '',
    weak: 'false',
  },
  {
    key: 'agent_encryption.rotation.rotation_interval_hours',
    takes: { hours: true },
    standing: 'enforced',
    meaning: 'the same as `rotation.rotation_interval_hours`',
    why: '',
  },
];
