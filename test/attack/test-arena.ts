// Arenas for tests: names of their own on the brokers that all tests share.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { createTopics, fresh, withAdmin } from '../fixture.ts';
import { attacksOn } from './all-attacks.ts';
import type { Arena } from './arena.ts';
import { writeArenaPolicies, type ArenaNames } from './arena-policy.ts';
import type { Attack } from './attack.ts';
import { openKafkaArena } from './kafka-arena.ts';
import { declareRabbitmqArena, openRabbitmqArena } from './rabbitmq-arena.ts';
import { runAttack } from './run-attack.ts';
import type { Transport } from './wire-record.ts';

export const transports: readonly Transport[] = ['kafka', 'rabbitmq'];

/** Longer than an arena waits by itself, so that a failure says what is missing. */
const deadlineMs = 500_000;

/** Room for what the attacks write; quarantine keeps Kafka’s default, so that the largest does not fit. */
const roomBytes = 32 * 1024 * 1024;

/** Defines one test for each move that exists on a transport. To be called within `describe`. */
export function testAttacks(transport: Transport, attacks: readonly Attack[]): void {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openTestArena(transport);
  }, deadlineMs);
  afterAll(() => arena.close(), deadlineMs);

  for (const attack of attacksOn(transport, attacks)) {
    const judged = async (): Promise<void> => {
      const result = await runAttack(arena, attack);
      expect(result).toMatchObject({ refused: true, code: attack.code });
    };
    test(`refuses ${attack.move}, and goes on`, judged, deadlineMs);
  }
}

async function openTestArena(transport: Transport): Promise<Arena> {
  const names = freshNames();
  const policies = writeArenaPolicies(names);
  if (transport === 'rabbitmq') {
    await declareRabbitmqArena(names);
    return openRabbitmqArena(names, policies);
  }
  await createTopics([names.inbox, names.otherChannel], 2);
  await createTopics([names.quarantine, names.audit]);
  const configEntries = [{ name: 'max.message.bytes', value: String(roomBytes) }];
  await withAdmin((admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: names.inbox, configEntries }],
    }),
  );
  return openKafkaArena(names, policies);
}

function freshNames(): ArenaNames {
  return {
    inbox: fresh('inbox'),
    otherChannel: fresh('other-channel'),
    quarantine: fresh('quarantine'),
    audit: fresh('audit'),
    exchange: fresh('exchange'),
    tap: fresh('tap'),
    group: fresh('group'),
  };
}
