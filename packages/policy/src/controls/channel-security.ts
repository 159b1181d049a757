// `channel_security`: what connections are, and what lies at the broker.
import { either, onlyTrue, stillToCome, type Control } from './control.js';

const always = 'there are no connections without it';

export const channelSecurity: readonly Control[] = [
  onlyTrue('channel_security.enabled', 'Sealwire opens every connection, with options of its own', always),
  onlyTrue('channel_security.tls.enabled', 'no credential and no message goes over another', always),
  {
    key: 'channel_security.tls.min_version',
    takes: { one: ['1.3', '1.2'] },
    standing: 'enforced',
    meaning:
      'TLS 1.3 and nothing else; 1.2: with ECDHE and AES-GCM or ChaCha20-Poly1305 as well, until the date',
    why: '',
    weak: '1.2',
  },
  {
    key: 'channel_security.tls.mtls',
    takes: either,
    standing: 'enforced',
    meaning: 'every connection of the file has a client certificate (`cert_file`, `key_file`)',
    why: '',
  },
  onlyTrue(
    'channel_security.message_queues.enabled',
    'what goes through Kafka and RabbitMQ is sealed',
    always,
  ),
  onlyTrue(
    'channel_security.message_queues.encryption_at_rest',
    'payloads, and headers but those of `clear_headers`, lie sealed in the broker’s files, because they are sealed from end to end; `sealwire doctor` looks at them',
    'the broker never has them in clear',
  ),
  onlyTrue(
    'channel_security.message_queues.encryption_in_transit',
    'they are sealed on the way as well, inside TLS',
    'nothing is sent in clear',
  ),
  stillToCome('channel_security.websockets.enabled', either, 'the same over WebSockets'),
  {
    key: 'channel_security.isolation.enabled',
    takes: either,
    standing: 'enforced',
    meaning: 'every connection of the file names the networks that a broker may be in (`allowed_networks`)',
    why: '',
  },
];
