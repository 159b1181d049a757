// Records that were looked at: the last ones of each topic, and the test message; read once, whoever asks.
import type { Received, Transport } from '@sealwire/core';
import { inspect } from '@sealwire/envelope';
import { nameOf } from './broker-place.js';
import type { BrokerView } from './broker-view.js';
import { sampleOf } from './doctor-options.js';
import { settled, type Found } from './found.js';
import { sendCanary, type Canary } from './send-canary.js';
import type { DoctorSubject } from './subject.js';

export interface TopicSample {
  readonly topic: string;
  readonly looked: number;
  /** Where records lie that are no sealed messages, and why they are none. */
  readonly unsealed: readonly { readonly place: string; readonly code: string }[];
  readonly newestStampMs: number | null;
}

/** More than these are not looked into in one run. */
export const maxTopics = 50;
const atOnce = 3;

export class Samples {
  readonly #subject: DoctorSubject;
  readonly #brokers: BrokerView;
  #topics: Promise<ReadonlyMap<string, Found<TopicSample>>> | null = null;
  readonly #canaries = new Map<Transport, Promise<Found<Canary> | null>>();

  constructor(subject: DoctorSubject, brokers: BrokerView) {
    this.#subject = subject;
    this.#brokers = brokers;
  }

  /** By topic; empty where none is to be looked at. */
  topics(): Promise<ReadonlyMap<string, Found<TopicSample>>> {
    this.#topics ??= this.#read();
    return this.#topics;
  }

  async newestStampMs(): Promise<number | null> {
    const stamps = [...(await this.topics()).values()].flatMap((sample) =>
      'value' in sample && sample.value.newestStampMs !== null ? [sample.value.newestStampMs] : [],
    );
    return stamps.length === 0 ? null : Math.max(...stamps);
  }

  /** `null` where none was asked for, or the channel does not go this way. Sends at most one each. */
  canary(transport: Transport): Promise<Found<Canary> | null> {
    const known = this.#canaries.get(transport) ?? this.#send(transport);
    this.#canaries.set(transport, known);
    return known;
  }

  async #send(transport: Transport): Promise<Found<Canary> | null> {
    const { options, agents, policy } = this.#subject;
    const { canary } = options;
    if (canary === undefined || 'error' in policy) return null;
    const channel = policy.value.channels.find(({ name }) => name === canary);
    const goes = transport === 'kafka' ? channel?.topics.length : channel?.publish.length;
    if (channel !== undefined && (goes === 0 || this.#brokers.whyNot(transport) !== null)) return null;
    return settled(() => sendCanary(canary, transport, agents, this.#brokers));
  }

  async #read(): Promise<ReadonlyMap<string, Found<TopicSample>>> {
    const { policy, options } = this.#subject;
    const last = sampleOf(options);
    const found = new Map<string, Found<TopicSample>>();
    if ('error' in policy || last === 0 || this.#brokers.whyNot('kafka') !== null) return found;
    if ((await this.#brokers.admitted('kafka')).length === 0) return found;
    const waiting = policy.value.channels.flatMap(({ topics }) => topics).slice(0, maxTopics);
    const worker = async (): Promise<void> => {
      for (let topic = waiting.shift(); topic !== undefined; topic = waiting.shift()) {
        const name = topic;
        found.set(name, await settled(() => this.#readOne(name, last)));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return found;
  }

  async #readOne(topic: string, last: number): Promise<TopicSample> {
    const { agents, guardOf } = this.#subject;
    const guard = guardOf(agents[0]!, 'kafka');
    if ('error' in guard) throw guard.error;
    const { readRange } = await import('@sealwire/kafka');
    const sample = {
      topic,
      looked: 0,
      unsealed: [] as { place: string; code: string }[],
      newestStampMs: null as number | null,
    };
    await readRange(guard.value, (await this.#brokers.admitted('kafka')).map(nameOf), {
      range: { topic, partition: null, from: null, to: null, last },
      sessions: null,
      take(records) {
        for (const record of records) {
          sample.looked++;
          sample.newestStampMs = Math.max(sample.newestStampMs ?? 0, record.appendedAtMs ?? 0) || null;
          const problem = whyUnsealed(record);
          if (problem !== null) sample.unsealed.push({ place: placeOf(record), code: problem });
        }
        return Promise.resolve();
      },
    });
    return sample;
  }
}

/** The verdict that a receiver would come to before any key; `null` where it is a sealed message. */
export function whyUnsealed({
  value,
  key,
  headers,
}: Pick<Received, 'value' | 'key' | 'headers'>): string | null {
  return inspect({ value, key, headers, session: null }).problem?.code ?? null;
}

const placeOf = ({ source }: Received): string =>
  source.transport === 'kafka' ? `${source.partition}@${source.offset}` : source.queue;
