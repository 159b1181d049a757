// As many handlers at once as the application asked for, and audits beside them.
import { describe, expect, test } from '@jest/globals';
import type { Consumer, ConsumerRunConfig, EachBatchPayload } from 'kafkajs';
import { ActiveRuns } from '../src/active-runs.js';
import { secureConsumer } from '../src/consumer.js';
import { HandlerSlots } from '../src/handler-slots.js';
import { LiveClients } from '../src/live-clients.js';
import { batchOf, record, silent, verifiedOf, openMemories } from './doubles.js';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('handler slots', () => {
  test('are never more than there are, go in the order of asking, and come back once each', async () => {
    const slots = new HandlerSlots(2);
    const order: number[] = [];
    const give: (() => void)[] = [];
    for (let i = 0; i < 5; i++) void slots.take().then((back) => (order.push(i), (give[i] = back)));
    await settled();
    expect(order).toEqual([0, 1]);
    give[1]!();
    give[1]!();
    await settled();
    expect(order).toEqual([0, 1, 2]);
    give[0]!();
    give[2]!();
    await settled();
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('a consumer whose audit takes its time', () => {
  /** Runs two batches of one fetch as kafkajs would; `audit` lets the waiting conclusions go. */
  async function twoBatches(config: ConsumerRunConfig) {
    const events: string[] = [];
    const audits: (() => void)[] = [];
    let running = true;
    let given: ConsumerRunConfig = {};
    const inner = {
      on: () => () => undefined,
      events: {
        FETCH: 'f',
        DISCONNECT: 'd',
        CONNECT: 'c',
        REBALANCING: 'r',
        GROUP_JOIN: 'j',
        END_BATCH_PROCESS: 'e',
      },
      paused: () => [],
      run: async (run: ConsumerRunConfig) => void (given = run),
    } as unknown as Consumer;
    const consumer = secureConsumer(inner, {
      inlet: {
        checkSource: () => undefined,
        revisit: () => Promise.resolve(),
        open: async (batch) => batch.map((each) => verifiedOf(each)),
        conclude: async (outcomes) => {
          const { source } = outcomes[0]!.received;
          await new Promise<void>((resolve) => audits.push(resolve));
          events.push(`audited ${(source as { offset: string }).offset}`);
        },
        testify: async (rejected) => rejected.map(() => null),
      },
      memories: openMemories(),
      onReject: 'quarantine',
      quarantine: async () => undefined,
      logger: silent,
      clients: new LiveClients(() => Promise.resolve()),
      runs: new ActiveRuns(),
      prepare: () => Promise.resolve(),
      warm: () => undefined,
      listTopics: async () => [],
      topicOffsets: async () => [],
      checkTopic: () => Promise.resolve(),
    });
    await consumer.run(config);
    const payloadOf = (offset: number): EachBatchPayload => ({
      batch: batchOf([record(offset, 'x')]),
      resolveOffset: (resolved) => void events.push(`resolved ${resolved}`),
      heartbeat: async () => undefined,
      pause: () => () => undefined,
      commitOffsetsIfNecessary: async () => void events.push(`committed after ${events.at(-1)!}`),
      uncommittedOffsets: () => ({ topics: [] }),
      isRunning: () => running,
      isStale: () => false,
    });
    const done = Promise.all([1, 2].map((offset) => given.eachBatch!(payloadOf(offset))));
    return { events, audits, given, done, stop: () => (running = false) };
  }

  const eachBatch: ConsumerRunConfig['eachBatch'] = () => Promise.resolve();

  test('is handed the next batch meanwhile, and commits each only after its own events are safe', async () => {
    const { events, audits, done } = await twoBatches({
      eachBatch: async ({ batch }) => {
        const { offset } = batch.messages[0]!;
        events.push(`handling ${offset}`);
        await settled();
        events.push(`handled ${offset}`);
      },
    });
    while (audits.length < 2) await settled();
    expect(events).toEqual(['handling 1', 'handled 1', 'handling 2', 'handled 2']);
    audits[1]!();
    await settled();
    expect(events.slice(4)).toEqual(['audited 2', 'resolved 2', 'committed after resolved 2']);
    audits[0]!();
    await done;
    expect(events.slice(7)).toEqual(['audited 1', 'resolved 1', 'committed after resolved 1']);
  });

  test('is handed the next batch meanwhile with eachMessage too', async () => {
    const { events, audits, done } = await twoBatches({
      eachMessage: async ({ message }) => void events.push(`handled ${message.offset}`),
    });
    while (audits.length < 2) await settled();
    expect(events).toEqual(['handled 1', 'handled 2']);
    for (const audit of audits) audit();
    await done;
    expect(events.filter((event) => event.startsWith('resolved'))).toEqual(['resolved 1', 'resolved 2']);
  });

  test('hands over nothing that waited until the consumer was stopped', async () => {
    const handled: string[] = [];
    let finish: () => void = () => undefined;
    const { audits, done, stop } = await twoBatches({
      eachBatch: async ({ batch }) => {
        handled.push(batch.messages[0]!.offset);
        await new Promise<void>((resolve) => (finish = resolve));
      },
    });
    await settled();
    stop();
    finish();
    while (audits.length < 1) await settled();
    audits[0]!();
    await done;
    expect(handled).toEqual(['1']);
  });

  test('lets kafkajs give it one batch more for each handler, and no more', async () => {
    expect((await twoBatches({ eachBatch })).given.partitionsConsumedConcurrently).toBe(2);
    const three = await twoBatches({ eachBatch, partitionsConsumedConcurrently: 3 });
    expect(three.given.partitionsConsumedConcurrently).toBe(6);
  });
});
