// The sealwire.yaml of a new folder.
import { nameList, quoted } from './yaml-text.js';
import type { InitPlan } from './init-options.js';
import type { Identities } from './init-identities.js';

export function policyText(plan: InitPlan, { realm, rootPublicKey }: Identities): string {
  return `# Sealwire policy. Paths are relative to this file; {agent} is the name of the agent that opens it.
# Check it with: sealwire policy check sealwire.yaml
version: 1

# The directory that names, keys and groups come from, and the root key that says who may sign it.
realm: '${realm.toString('hex')}'
directory:
  file: directory.jsonl
  root_key: ${rootPublicKey.toString('base64url')}

# Where each agent remembers which directory it accepted, so that it never takes an older one.
state:
  folder: 'state/{agent}'

# Which agent this is. Better said by the application (openSealwire(file, { agent })) or by SEALWIRE_AGENT.
# agent: ${quoted(plan.agents[0]!)}

# Private keys: keys/<agent>/*.pem, encrypted under the agent's passphrase.
keys:
  folder: keys
  passphrase_file: 'secrets/{agent}.passphrase'

# Sealing keys are replaced every day, by "sealwire keys rotate" or, where an issuer key is named, by the process itself.
# What was sealed to a key is readable for destroy_after past its end: at least as long as topics are retained.
rotation:
  rotation_interval_hours: 24
  destroy_after: 30d
  # issuer_key_file: issuers/issuer-key.pem
  # issuer_passphrase_file: issuers/passphrase

# What may be sent where, by whom, to whom. Everything else is refused.
channels:
  agent-messages:
    kafka:
      topics: [agent-messages]
      # With a session topic messages are half as large: what stays the same is said there once. Never compact it.
      # session_topic: sealwire.sessions
    rabbitmq:
      publish: [{ exchange: '', routing_key: agent-messages }]
      queues: [agent-messages]
    messages:
      - type: agent.message
        from: ${nameList(plan.agents)}
        to: ${nameList([plan.groups[0]!.name])}
        content_type: application/json
    # Application headers travel inside the seal; the ones named here travel in clear, and are still protected.
    # clear_headers: [content-type]
    # Older messages are refused (local clock).
    max_age: 24h

# How brokers are reached. TLS 1.3 with verified certificates always; there is no setting to weaken it.
connections:
  kafka:
    tls: { ca_file: tls/ca.crt, cert_file: 'tls/{agent}.crt', key_file: 'tls/{agent}.key' }
    sasl: { mechanism: SCRAM-SHA-512, username: '{agent}', password_file: 'secrets/{agent}.password' }
  rabbitmq:
    tls: { ca_file: tls/ca.crt, cert_file: 'tls/{agent}.crt', key_file: 'tls/{agent}.key' }
    sasl: { mechanism: PLAIN, username: '{agent}', password_file: 'secrets/{agent}.password' }

# Where refused messages go: quarantine, halt (stop there) or drop.
quarantine:
  on_reject: quarantine
  kafka_topic: sealwire.quarantine
  rabbitmq_queue: sealwire.quarantine

# Where the audit trail goes.
audit:
  kafka_topic: sealwire.audit
  rabbitmq_exchange: sealwire.audit
  # Several at once: own (the topic or exchange above), kafka, rabbitmq, file, stdout.
  # sinks: [own, file]
  # file: { path: 'logs/{agent}.audit.jsonl', max_bytes: 100MiB, keep: 10 }
  # The topic is made where it is missing, if Kafka lets this agent.
  # create_topic: { partitions: 3, replication_factor: 3, retention: 90d }

# Whose rights on the brokers "sealwire acl verify" does not tell as drift: RabbitMQ's administrator, who reads the trail.
# acl: { kafka: { others: ['User:siem'] }, rabbitmq: { others: [admin, siem] } }

# A new data key at least this often, the largest message, and how far clocks may be apart.
session: { epoch: 24h }
limits: { max_message: 1MiB }
freshness: { skew: 30s }
`;
}
