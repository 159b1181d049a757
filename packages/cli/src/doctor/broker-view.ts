// The brokers as the checks see them: asked once, however many checks want to know.
import type { Transport } from '@sealwire/core';
import type { Policy, PolicyTemplate } from '@sealwire/policy';
import type { RabbitmqSurvey } from '@sealwire/amqp';
import type { KafkaSurvey } from '@sealwire/kafka';
import { givenPlaces, nameOf, type BrokerPlace } from './broker-place.js';
import { settled, type Found } from './found.js';
import { guardedHandshake, type Handshake } from './guarded-handshake.js';
import { Management } from './management.js';
import { kafkaTopics, rabbitmqQuestions } from './named-places.js';
import type { DoctorSubject } from './subject.js';
import { writesThere } from './writes-there.js';

/** By such a policy nobody logs in anywhere. */
export const notAccepted = 'the policy is not one that agents here accept';

export class BrokerView {
  readonly given: readonly BrokerPlace[];
  readonly #context: DoctorSubject;
  readonly #handshakes = new Map<string, Promise<Found<Handshake>>>();
  readonly #kafka = new Map<string, Promise<Found<KafkaSurvey>>>();
  readonly #rabbitmq = new Map<string, Promise<Found<RabbitmqSurvey>>>();

  /** @throws UsageError ERR_USAGE_ARGUMENT for an address that is none */
  constructor(context: DoctorSubject) {
    this.#context = context;
    this.given = givenPlaces(context.options);
  }

  get rabbitmqUrl(): string | null {
    return this.#context.options.rabbitmq ?? null;
  }

  /** `null` where none is given, or none may be asked. @throws UsageError ERR_USAGE_ARGUMENT; what the guard’s opening threw */
  management(): Management | null {
    const { options, agents, signed } = this.#context;
    if (options.management === undefined || agents.length === 0 || 'error' in signed) return null;
    return new Management(options, this.#guard(agents[0]!, 'rabbitmq'));
  }

  of(transport: Transport): readonly BrokerPlace[] {
    return this.given.filter((place) => place.transport === transport);
  }

  /** Why nothing can be asked of a transport’s brokers; `null` where they can be. */
  whyNot(transport: Transport): string | null {
    const { policy, signed, agents } = this.#context;
    if ('error' in policy) return 'the policy does not read';
    if ('error' in signed) return notAccepted;
    if (this.of(transport).length === 0)
      return usesOf(policy.value, transport)
        ? `give --${transport} to have it looked at`
        : `the policy does not use it`;
    if (policy.value.connections[transport] === null) return `the policy has no connections.${transport}`;
    return agents.length === 0 ? 'no agent to connect as' : null;
  }

  /** With the first agent whose files fit: the broker’s side is the same for all. */
  handshake(place: BrokerPlace): Promise<Found<Handshake>> {
    const name = nameOf(place);
    const known = this.#handshakes.get(name) ?? this.#shake(place);
    this.#handshakes.set(name, known);
    return known;
  }

  /** Those that the guard admits: only there is anything said that matters. */
  async admitted(transport: Transport): Promise<readonly BrokerPlace[]> {
    const answers = await Promise.all(
      this.of(transport).map(async (place) => ({ place, answer: await this.handshake(place) })),
    );
    return answers.flatMap(({ place, answer }) => ('value' in answer ? [place] : []));
  }

  /** Logs in as an agent, and asks. The first agent asks for every topic of the policy, the others for none. */
  kafka(policy: Policy): Promise<Found<KafkaSurvey>> {
    const isFirst = policy === this.#context.agents[0];
    const { directoryTopic } = this.#context.options;
    return memo(this.#kafka, policy.agent, async () => {
      const brokers = await this.#admittedOrThrow('kafka');
      const { surveyKafka } = await import('@sealwire/kafka');
      return surveyKafka(
        this.#guard(policy, 'kafka'),
        brokers.map(nameOf),
        isFirst ? [...kafkaTopics(policy), ...(directoryTopic === undefined ? [] : [directoryTopic])] : [],
      );
    });
  }

  rabbitmq(policy: Policy): Promise<Found<RabbitmqSurvey>> {
    return memo(this.#rabbitmq, policy.agent, async () => {
      await this.#admittedOrThrow('rabbitmq');
      const { surveyRabbitmq } = await import('@sealwire/amqp');
      const guard = this.#guard(policy, 'rabbitmq');
      const questions = rabbitmqQuestions(
        policy,
        (outlet) => writesThere(this.#context, policy, 'rabbitmq', outlet) !== 'no',
      );
      return surveyRabbitmq(guard, this.#context.options.rabbitmq!, questions);
    });
  }

  #guard(policy: Policy, transport: Transport) {
    const guard = this.#context.guardOf(policy, transport);
    if ('error' in guard) throw guard.error;
    return guard.value;
  }

  async #admittedOrThrow(transport: Transport): Promise<readonly BrokerPlace[]> {
    const admitted = await this.admitted(transport);
    if (admitted.length > 0) return admitted;
    const first = await this.handshake(this.of(transport)[0]!);
    throw 'error' in first ? first.error : new Error('unreachable');
  }

  async #shake(place: BrokerPlace): Promise<Found<Handshake>> {
    const { agents, guardOf } = this.#context;
    const guards = agents.map((agent) => guardOf(agent, place.transport));
    const guard = guards.find((one) => 'value' in one) ?? guards[0];
    if (guard === undefined || 'error' in guard) return guard ?? { error: new Error('no agent') };
    return settled(() => guardedHandshake(guard.value, place, (_, handshake) => Promise.resolve(handshake)));
  }
}

/** Whether any channel goes over it. */
export const usesOf = ({ channels }: PolicyTemplate, transport: Transport): boolean =>
  channels.some(({ topics, publish, queues }) =>
    transport === 'kafka' ? topics.length > 0 : publish.length + queues.length > 0,
  );

function memo<Value>(
  kept: Map<string, Promise<Found<Value>>>,
  name: string,
  work: () => Promise<Value>,
): Promise<Found<Value>> {
  const known = kept.get(name) ?? settled(work);
  kept.set(name, known);
  return known;
}
