// The arena on Kafka.
import { secureKafka } from '@sealwire/kafka';
import kafkajs, { type IHeaders, type KafkaMessage } from 'kafkajs';
import { bareKafka, fixture, openAs } from '../fixture.ts';
import { arenaOf, honestText, quarantinedOf, type Arena, type Quarantined } from './arena.ts';
import type { ArenaNames, ArenaPolicies } from './arena-policy.ts';
import { Arrivals } from './arrivals.ts';
import type { Scene } from './attack.ts';
import { openInsiders } from './insiders.ts';
import { startKafkaAttacker } from './kafka-attacker.ts';
import type { Place, WireRecord } from './wire-record.ts';

const quiet = { logLevel: kafkajs.logLevel.NOTHING };
const fetchWaitMs = 100;

/** @param names topics that exist: the inbox with two partitions and room for records of 20 MB */
export async function openKafkaArena(names: ArenaNames, policies: ArenaPolicies): Promise<Arena> {
  const { kafka: brokers } = fixture();
  const orchestrator = await openAs('orchestrator', policies.real);
  const researcher = await openAs('researcher', policies.real);
  const sender = secureKafka(orchestrator, { clientId: 'sender', brokers, ...quiet }).producer();
  const receiver = secureKafka(researcher, { clientId: 'receiver', brokers, ...quiet }).consumer({
    groupId: names.group,
    maxWaitTimeInMs: fetchWaitMs,
  });
  const attacker = startKafkaAttacker();
  const tap = bareKafka().consumer({ groupId: `${names.group}.tap`, maxWaitTimeInMs: fetchWaitMs });

  const handedOver = new Arrivals<string>();
  const quarantined = new Arrivals<Quarantined>();
  const captured = new Arrivals<WireRecord>();
  await Promise.all([sender.connect(), receiver.connect(), tap.connect()]);
  await receiver.subscribe({ topics: [names.inbox, names.otherChannel], fromBeginning: true });
  await receiver.run({
    eachMessage: async ({ message }) => handedOver.add(String(message.value)),
  });

  const spot = (place: Place): { topic: string; partition: number } => ({
    topic: place === 'other-channel' ? names.otherChannel : names.inbox,
    partition: place === 'other-partition' ? 1 : 0,
  });
  const send = async (place: Place, ...texts: string[]): Promise<void> => {
    const { topic, partition } = spot(place);
    const messages = texts.map((value, i) => ({
      partition,
      key: `key-${i}`,
      value,
      headers: { tenant: 'acme' },
    }));
    await sender.send({ topic, messages });
  };

  const sentBefore = [honestText(), honestText()];
  await send('inbox', ...sentBefore);
  await tap.subscribe({ topics: [names.inbox, names.quarantine], fromBeginning: true });
  await tap.run({
    eachMessage: ({ topic, message }) => {
      if (topic === names.quarantine)
        quarantined.add(quarantinedOf(message.value, textHeaders(message.headers)));
      else captured.add(recordOf(message));
      return Promise.resolve();
    },
  });
  await captured.until(({ length }) => length >= 2);
  // Two are enough; more would be the attacks themselves.
  tap.pause([{ topic: names.inbox }]);
  const [first, second] = captured.items;
  if (first === undefined || second === undefined)
    throw new Error('no honest message came to the Kafka broker');

  const seal = await openInsiders(names, policies, 'kafka');
  const scene: Scene = { transport: 'kafka', first, second, sealedBy: (insider) => seal(insider, first.key) };
  return arenaOf(
    {
      transport: 'kafka',
      scene,
      send,
      async inject(injections) {
        for (const { place, ...record } of injections) {
          const { topic, partition } = spot(place);
          const refusal = await attacker.write(topic, partition, record);
          if (refusal !== null) return refusal;
        }
        return null;
      },
      async close() {
        await Promise.all([receiver.disconnect(), tap.disconnect(), sender.disconnect(), attacker.close()]);
        await Promise.all([orchestrator.close(), researcher.close()]);
      },
    },
    handedOver,
    quarantined,
    sentBefore,
  );
}

function recordOf({ value, key, headers }: KafkaMessage): WireRecord {
  return { value, key, headers: textHeaders(headers) };
}

function textHeaders(headers: IHeaders = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
