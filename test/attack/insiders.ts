// Agents with real keys that do not keep to the policy: what they can seal, as bytes.
import {
  describeOutgoing,
  outbound,
  systemClock,
  type KeyStore,
  type OutboundDraft,
  type Outgoing,
  type Sealed,
} from '@sealwire/core';
import { defaultSuiteId, suiteOf } from '@sealwire/crypto';
import { sealing } from '@sealwire/envelope';
import { openDirectory, openKeyStore } from '@sealwire/identity';
import { loadPolicy, openRoutes } from '@sealwire/policy';
import type { Sealwire } from 'sealwire';
import { openAs } from '../fixture.ts';
import type { ArenaNames, ArenaPolicies } from './arena-policy.ts';
import type { Transport } from './wire-record.ts';

export type Insider =
  | 'intern'
  | 'intern-as-sender'
  | 'intern-with-sender-key-id'
  | 'sender-with-other-audience'
  | 'sender-on-other-transport';

/** Seals `payload` for the inbox, partition 0. */
export type InsiderSeal = (insider: Insider, key: Buffer | null) => Buffer;

const payload = Buffer.from('{"note":"sealed by an insider"}');

/** @param transport the one that is attacked */
export async function openInsiders(
  names: ArenaNames,
  policies: ArenaPolicies,
  transport: Transport,
): Promise<InsiderSeal> {
  const other = transport === 'kafka' ? 'rabbitmq' : 'kafka';
  const intern = await openAs('intern', policies.ofIntern);
  const sender = await openAs('orchestrator', policies.real);
  const auditing = await openAs('orchestrator', policies.forAuditors);
  return (insider, key) => {
    const message = outgoing(names, transport, transport === 'kafka' ? key : null);
    switch (insider) {
      case 'intern':
        return bytesOf(sealBy(intern, transport, message));
      case 'sender-with-other-audience':
        return bytesOf(sealBy(auditing, transport, message));
      case 'sender-on-other-transport':
        return bytesOf(sealBy(sender, other, outgoing(names, other, null)));
      case 'intern-as-sender':
        return forge(policies, message, (own) => own);
      case 'intern-with-sender-key-id': {
        const { senderKeyId } = sealBy(sender, transport, message).facts;
        return forge(policies, message, ({ signer, ...own }) => ({
          holds: (id) => own.holds(id),
          unwrap: (...wrap) => own.unwrap(...wrap),
          signer: { keyId: senderKeyId, sign: (root) => signer.sign(root) },
        }));
      }
    }
  };
}

function outgoing({ inbox, exchange }: ArenaNames, transport: Transport, key: Buffer | null): Outgoing {
  const kafka = transport === 'kafka';
  return {
    destination: kafka
      ? { transport: 'kafka', topic: inbox }
      : { transport: 'rabbitmq', exchange, routingKey: inbox },
    payload,
    key,
    headers: [],
    partition: kafka ? 0 : null,
    description: {},
  };
}

/** Nothing of it goes to a broker: not the message, not its audit. */
const noSink = { write: () => Promise.resolve() };

function sealBy(sealwire: Sealwire, transport: Transport, message: Outgoing): Sealed {
  return sealwire.outlet(transport, noSink).seal([message])[0]!;
}

/**
 * Seals as the orchestrator with the intern’s keys: the facade would refuse it, so this is the facade’s outbound journey
 * without its checks.
 */
function forge({ ofIntern }: ArenaPolicies, message: Outgoing, keysOf: (own: KeyStore) => KeyStore): Buffer {
  const policy = loadPolicy(ofIntern, { agent: 'intern' });
  const primitives = suiteOf(defaultSuiteId)!.primitives('node');
  const directory = openDirectory({ ...policy.directory, realm: policy.realm, primitives });
  const own = openKeyStore({ agent: 'intern', ...policy.keys, directory, primitives });
  const routes = openRoutes(policy, directory, 'intern');
  const seal = outbound({
    describe: (batch) => batch.map(describeOutgoing),
    authorise(batch) {
      for (const draft of batch as unknown as readonly OutboundDraft[]) {
        draft.route = routes.outbound(draft.message.destination, draft.message.description);
      }
      return batch as never;
    },
    validate: (batch) => batch as never,
    ...sealing({
      agent: 'orchestrator',
      suite: defaultSuiteId,
      clock: systemClock,
      primitives,
      directory,
      keyStore: keysOf(own),
      epochMs: policy.epochMs,
      maxMessageBytes: policy.maxMessageBytes,
    }),
    audit: (batch) => batch.map(({ sealed }) => sealed),
  });
  return bytesOf(seal([message])[0]!);
}

function bytesOf({ value }: Sealed): Buffer {
  if (value === null) throw new Error('an insider sealed a tombstone');
  return value;
}
