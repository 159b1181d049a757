// The operator’s part of re-driving: looks at quarantined messages as their receivers will, and seals carriers (SPEC.md §3, §5).
import { createHash } from 'node:crypto';
import {
  describeOutgoing,
  InabilityError,
  InboundDraft,
  isRedrivable,
  judge,
  outbound,
  PolicyError,
  recordHash,
  redriveType,
  SealwireError,
  UsageError,
} from '@sealwire/core';
import type {
  Destination,
  InPlace,
  OutboundDraft,
  Outgoing,
  QuarantinedRecord,
  Received,
  Redriver,
  RedriveReady,
  Route,
  Sealed,
  Vouched,
} from '@sealwire/core';
import {
  carrierInstance,
  decodeEvidence,
  encodeRedrive,
  opening,
  redriveContentType,
  sealing,
  type Rejection,
} from '@sealwire/envelope';
import { checkFreshness } from '@sealwire/replay';
import { carrierNonce } from './carrier-nonce.js';
import { checkEvidence, judgedAtOf } from './check-evidence.js';
import { channels, checkPolicy } from './check-policy.js';
import { checkSender } from './check-sender.js';
import { checkOwnKey } from './open-outlet.js';
import type { StageParts } from './stages.js';
import { withSession } from './with-session.js';

const statementLabel = Buffer.from('sealwire/v1/redrive-statement', 'ascii');

/** @throws PolicyError ERR_POLICY_REDRIVE where the policy does not name this agent for it */
export function openRedriver(parts: StageParts): Redriver {
  const { agent, clock, directory, keyStore, primitives, routes } = parts;
  const by = parts.redrive?.by ?? [];
  const mayRedrive = (name: string): boolean =>
    by.some((allowed) => allowed === name || directory.isMember(name, allowed));
  if (!mayRedrive(agent)) {
    throw new PolicyError(
      'ERR_POLICY_REDRIVE',
      `The policy does not let ${agent} re-drive messages. Name it in quarantine.redrive_by, for every receiver as well.`,
    );
  }
  const policy = checkPolicy(parts, channels(parts));
  const freshness = checkFreshness(parts);
  const sender = checkSender(parts);

  /** As far as a receiver comes without its keys. @throws SealwireError the verdict */
  function vouched(received: Received): InboundDraft & Vouched {
    const envelope = opening(parts);
    const draft = new InboundDraft(received);
    const batch = [draft];
    const steps: ((left: readonly InboundDraft[]) => unknown)[] = [
      (left) => envelope.parse(left),
      (left) => judge(left, policy),
      (left) => envelope.binding(left as never),
      (left) => judge(left as unknown as readonly InPlace[], freshness),
      (left) => judge(left, sender),
      (left) => envelope.signature(left as never),
    ];
    for (const step of steps) {
      step(batch);
      if (draft.rejected !== null)
        throw cannot(`it would be refused: ${draft.rejected.code}, ${draft.rejected.reason}`);
    }
    return draft as unknown as InboundDraft & Vouched;
  }

  function examine(record: QuarantinedRecord): RedriveReady {
    const { original, session, evidence } = record;
    const rejection = rejectionOf(record);
    const { source, key, receivedAtMs } = original;
    if (routes.channelOf(source) === null) throw cannot('the policy maps no channel to where it was read');
    const whole = withSession(original, session);
    const draft = vouched({ source, key, ...whole, appendedAtMs: judgedAtOf(rejection), receivedAtMs });
    if (draft.session.type === redriveType)
      throw cannot('it is what carried another one: re-drive that one again');
    const { audience } = draft.session;
    held(() => checkEvidence(parts, evidence!, { original, audience, atMs: clock.nowMs() }));
    if (!isPlace(rejection, source)) throw cannot('its evidence is of another place');
    const { sender: name, instance } = draft.session;
    const { stream, sequence } = draft.header;
    const carrier = carrierInstance(rejection, { sender: name, instance, stream });
    const route = routes.redrive?.(draft.route.channel, audience) ?? null;
    if (route === null) throw cannot('the policy lets nobody re-drive it');
    const payload = encodeRedrive({
      value: original.value,
      headers: original.headers,
      session,
      evidence: evidence!,
    });
    return {
      place:
        source.transport === 'kafka'
          ? { transport: 'kafka', topic: source.topic, partition: source.partition }
          : { transport: 'rabbitmq', queue: source.queue },
      identity: carrierNonce(carrier, sequence),
      facts: opening(parts).verified(draft).facts,
      maxAgeMs: route.maxAgeMs,
      seal: () => seal(outgoing(original, payload), route, carrier, sequence),
    };
  }

  async function seal(message: Outgoing, route: Route, instance: Buffer, sequence: number): Promise<Sealed> {
    // One of its own for each: two carriers may have one nonce, and must not have one key.
    const journey = outbound({
      describe: (batch) => batch.map(describeOutgoing),
      authorise(batch) {
        checkOwnKey(parts, clock.nowMs());
        // Self-contained: nobody need write sessions for it.
        for (const draft of batch as unknown as readonly OutboundDraft[])
          draft.route = { ...route, sessionTopic: null };
        return batch as never;
      },
      validate: (batch) => batch as never,
      ...sealing({ ...parts, instance, sequence }),
      audit: (batch) => batch.map(({ sealed }): Sealed => sealed),
    });
    const [sealed] = await journey.finishLater(journey.begin([message]));
    return sealed!;
  }

  return {
    examine(record) {
      try {
        return examine(record);
      } catch (error) {
        if (
          error instanceof UsageError ||
          error instanceof InabilityError ||
          !(error instanceof SealwireError)
        )
          throw error;
        throw cannot(error.message);
      }
    },
    async sign(statement) {
      const { signer } = keyStore;
      return { keyId: signer.keyId, signature: await signer.sign(signedBytes(statement)) };
    },
    signedBy(statement, keyId, signature) {
      const key = directory.signingKey(keyId.toString('latin1'));
      if (key === null || key.distrustFromMs !== null || !mayRedrive(key.owner)) return null;
      return primitives.verifyKey(key.publicKey)?.verify(signedBytes(statement), signature) === true
        ? key.owner
        : null;
    },
  };
}

/** What can be said of it before anything in it is looked at. */
function rejectionOf({
  original,
  code,
  shortened,
  range,
  recordHash: hash,
  evidence,
}: QuarantinedRecord): Rejection {
  if (range !== null) throw cannot('it stands for many, which lie in their topic only');
  if (shortened) throw cannot('only its first 4 KiB were kept');
  if (!isRedrivable(code)) throw cannot(`nothing can cure what was rejected for ${code}`);
  if (recordHash(original).toString('hex') !== hash)
    throw cannot('its bytes are not those that were rejected');
  if (evidence === null)
    throw cannot('nobody has signed that it was rejected: it may have been accepted where it first lay');
  try {
    return decodeEvidence(evidence).rejection;
  } catch {
    throw cannot('the evidence of its rejection is malformed');
  }
}

function isPlace(rejection: Rejection, source: Received['source']): boolean {
  return source.transport === 'kafka'
    ? rejection.transport === 'kafka' &&
        rejection.place === source.topic &&
        rejection.partition === source.partition &&
        `${rejection.offset}` === source.offset
    : rejection.transport === 'rabbitmq' && rejection.place === source.queue;
}

function outgoing({ source, key }: Received, payload: Buffer): Outgoing {
  const isKafka = source.transport === 'kafka';
  const destination: Destination = isKafka
    ? { transport: 'kafka', topic: source.topic }
    : { transport: 'rabbitmq', exchange: '', routingKey: source.queue };
  return {
    destination,
    payload,
    key,
    headers: [],
    partition: isKafka ? source.partition : null,
    description: { type: redriveType, contentType: redriveContentType },
  };
}

function signedBytes(statement: Buffer): Buffer {
  return Buffer.concat([statementLabel, createHash('sha256').update(statement).digest()]);
}

function held(check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw error instanceof PolicyError ? cannot(error.message) : error;
  }
}

function cannot(why: string): UsageError {
  return new UsageError('ERR_USAGE_QUARANTINE', `The record cannot be re-driven: ${why}`);
}
