// What is left to do by hand after `sealwire init`.
import { folderName } from '@sealwire/identity';
import type { InitPlan } from './init-options.js';

export function nextSteps({ agents, kafkaBrokers, rabbitmqUrl }: InitPlan): string[] {
  const agent = agents[0]!;
  const own = folderName(agent);
  return [
    'Take root/ and tls/ca.key offline now: who holds them can make issuers and certificates. Both are encrypted under root/passphrase, and needed for that only.',
    'Keep issuers/ on the one machine where agents and keys are changed: who holds it can add agents, until the root revokes it.',
    'Give the brokers tls/ca.crt, tls/broker.crt and tls/broker.key, and the users of brokers.json; then keep that file away from agents.',
    `Give each agent's host its own part only: sealwire.yaml, directory.jsonl, and for ${agent}: keys/${own}/, secrets/${own}.passphrase, secrets/${own}.password, tls/ca.crt, tls/${own}.crt, tls/${own}.key.`,
    'Create the topics agent-messages, sealwire.quarantine and sealwire.audit, or the queues and the exchange of these names. Then allow each agent what it needs: "sealwire acl apply" with --agent admin, and --kafka or --management.',
    `In the application: const sealwire = await openSealwire('sealwire.yaml', { agent: '${agent}' }), then secureKafka(sealwire, { brokers: ['${kafkaBrokers.join("', '")}'] }) or secureConnect(sealwire, '${rabbitmqUrl}').`,
    'Replace keys from now on: run "sealwire keys rotate" twice a day, or let the processes do it (rotation.issuer_key_file). The first keys are valid for 90 days, the directory and the certificates for a year.',
  ];
}
