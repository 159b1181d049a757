// Agents with real keys that do not keep to the policy, or that were taken over: what they can seal, as bytes.
import { randomBytes } from 'node:crypto';
import type { Directory, Outgoing, PublicKey, Sealed, Signer } from '@sealwire/core';
import type { Sealwire } from 'sealwire';
import { openAs } from '../fixture.ts';
import type { ArenaNames, ArenaPolicies } from './arena-policy.ts';
import { forge, keysOf, type Forger } from './forge.ts';
import type { Transport } from './wire-record.ts';

/** How each of them departs from the policy. */
export type Insider =
  | 'intern'
  | 'intern-as-sender'
  | 'intern-with-sender-key-id'
  | 'sender-with-other-audience'
  | 'sender-with-other-type'
  | 'sender-with-slow-clock'
  | 'sender-with-fast-clock'
  | 'sender-of-other-realm'
  | 'sender-that-wraps-for-intern'
  | 'sender-with-broken-wrap'
  | 'sender-without-validation'
  | 'sender-that-compresses'
  | 'sender-on-other-transport';

/** Seals a message for the inbox, partition 0. */
export type InsiderSeal = (insider: Insider, key: Buffer | null) => Buffer;

const hourMs = 3_600_000;
const payload = Buffer.from('{"note":"sealed by an insider"}');
const notJson = Buffer.from('{"note":');

/** @param transport the one that is attacked */
export async function openInsiders(
  names: ArenaNames,
  policies: ArenaPolicies,
  transport: Transport,
): Promise<InsiderSeal> {
  const other = transport === 'kafka' ? 'rabbitmq' : 'kafka';
  const sender = await openAs('orchestrator', policies.real);
  const auditing = await openAs('orchestrator', policies.forAuditors);
  const intern = await openAs('intern', policies.ofIntern);
  const keys = {
    orchestrator: await keysOf('orchestrator', policies.real),
    intern: await keysOf('intern', policies.ofIntern),
  };
  const asSender = (lie: Partial<Forger>): Forger => ({
    agent: 'orchestrator',
    keys: keys.orchestrator,
    policy: policies.real,
    ...lie,
  });
  const asIntern = (lie: Partial<Forger>): Forger => ({
    agent: 'intern',
    keys: keys.intern,
    policy: policies.ofIntern,
    ...lie,
  });

  const by: Record<Insider, (message: Outgoing) => Sealed> = {
    intern: (message) => sealBy(intern, message),
    'intern-as-sender': (message) => forge(asIntern({ as: 'orchestrator' }), message),
    'intern-with-sender-key-id': (message) => {
      const { senderKeyId } = sealBy(sender, message).facts;
      const keyStore: Forger['keyStore'] = (own) => {
        const signer: Signer = { keyId: senderKeyId, sign: (root) => own.signer.sign(root) };
        return {
          synchronous: true,
          holds: (id) => own.holds(id),
          unwrap: (...wrap) => own.unwrap(...wrap),
          signer,
          signerOf: () => signer,
        };
      };
      return forge(asIntern({ as: 'orchestrator', keyStore }), message);
    },
    'sender-with-other-audience': (message) => sealBy(auditing, message),
    'sender-with-other-type': (message) =>
      forge(asSender({ route: (real) => ({ ...real, type: 'agent.order' }) }), message),
    'sender-with-slow-clock': (message) =>
      forge(
        asSender({
          clock: clockOff(-25 * hourMs),
          directory: (real) => sealingFor(real, (own, name) => own(name)),
        }),
        message,
      ),
    'sender-with-fast-clock': (message) => forge(asSender({ clock: clockOff(hourMs) }), message),
    'sender-of-other-realm': (message) =>
      forge(asSender({ directory: (real) => changed(real, { realm: randomBytes(16) }) }), message),
    'sender-that-wraps-for-intern': (message) =>
      forge(asSender({ directory: (real) => sealingFor(real, (own) => own('intern')) }), message),
    'sender-with-broken-wrap': (message) =>
      forge(
        asSender({
          directory: (real) =>
            sealingFor(real, (own, name) => ({ ...own(name), publicKey: own('intern').publicKey })),
        }),
        message,
      ),
    'sender-without-validation': (message) => forge(asSender({}), { ...message, payload: notJson }),
    'sender-that-compresses': (message) =>
      forge(asSender({ route: (real) => ({ ...real, compression: 'zstd' }) }), {
        ...message,
        payload: Buffer.from(JSON.stringify(Array.from({ length: 99 }, (_, i) => `note ${i}`))),
      }),
    'sender-on-other-transport': () => sealBy(sender, outgoing(names, other, null)),
  };
  return (insider, key) => {
    const { value } = by[insider](outgoing(names, transport, transport === 'kafka' ? key : null));
    if (value === null) throw new Error('an insider sealed a tombstone');
    return value;
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

function sealBy(sealwire: Sealwire, message: Outgoing): Sealed {
  return sealwire.outlet(message.destination.transport, noSink).seal([message])[0]!;
}

const clockOff = (byMs: number) => ({ nowMs: () => Date.now() + byMs });

function changed(real: Directory, lie: Partial<Directory>): Directory {
  return {
    realm: real.realm,
    version: real.version,
    signingKey: (id) => real.signingKey(id),
    sealingKey: (name, atMs) => real.sealingKey(name, atMs),
    sealingKeyById: (id) => real.sealingKeyById(id),
    isMember: (agent, group) => real.isMember(agent, group),
    has: (name) => real.has(name),
    ...lie,
  };
}

type KeyOf = (name: string) => PublicKey;

/** Chooses among the keys of today, whatever the agent’s clock says. */
function sealingFor(real: Directory, choose: (own: KeyOf, name: string) => PublicKey): Directory {
  const own: KeyOf = (name) => real.sealingKey(name, Date.now())!;
  return changed(real, { sealingKey: (name) => choose(own, name) });
}
