// One send: sealed as a whole, answered by every partition, and audited as what became of it.
import { describe, expect, test } from '@jest/globals';
import {
  InabilityError,
  type InClear,
  type Outgoing,
  type Outlet,
  type ReferredSession,
} from '@sealwire/core';
import kafkajs, { type Message, type ProducerBatch, type RecordMetadata } from 'kafkajs';
import { PartitionChoice } from '../src/partition-choice.js';
import { rounds } from '../src/rounds.js';
import { sendComplete } from '../src/send-complete.js';
import { sendOutcome } from '../src/send-outcome.js';
import { SealLater } from '../src/seal-later.js';
import { Sending } from '../src/sending.js';
import { SessionWriter } from '../src/session-writer.js';
import type { Describe } from '../src/options.js';
import { keepingLogger, sealedOf, silent, type LoggedLine } from './doubles.js';

type Answer = (batch: ProducerBatch, call: number) => RecordMetadata[] | Error;

const metadataOf = (batch: ProducerBatch): RecordMetadata[] =>
  (batch.topicMessages ?? []).flatMap(({ topic, messages }) =>
    [...new Set(messages.map(({ partition }) => partition!))].map((partition) => ({
      topicName: topic,
      partition,
      errorCode: 0,
      baseOffset: '0',
    })),
  );

function stage(answer: Answer = (batch) => metadataOf(batch), describe?: Describe, later = false) {
  const calls: ProducerBatch[] = [];
  const concluded: string[] = [];
  const outgoing: Outgoing[] = [];
  const lines: LoggedLine[] = [];
  const refusals: { seal?: Error; keep?: Error; conclude?: Error; session?: Error; wait?: Promise<void> } =
    {};
  const clear: { of: Outlet['inClear'] } = { of: () => null };
  const referring: { to: ReferredSession | null } = { to: null };
  const order: string[] = [];
  const notHere = () => {
    throw new Error('a Kafka producer seals whole batches');
  };
  const outlet: Outlet = {
    begin: notHere,
    finish: notHere,
    sealLater: async (batch) => outlet.seal(batch),
    inClear: (batch) => clear.of(batch),
    keep(batch) {
      if (refusals.keep !== undefined) throw refusals.keep;
      order.push(`kept ${batch.length}`);
    },
    seal(batch) {
      if (refusals.seal !== undefined) throw refusals.seal;
      outgoing.push(...batch);
      return batch.map(({ payload, key }) => ({
        ...sealedOf(payload && Buffer.concat([Buffer.from('s:'), payload]), key),
        refersTo: referring.to,
      }));
    },
    async conclude(batch, outcome) {
      if (refusals.conclude !== undefined) throw refusals.conclude;
      await refusals.wait;
      concluded.push(`${batch.length} ${outcome}`);
    },
  };
  const write = async (): Promise<void> => {
    if (refusals.session !== undefined) throw refusals.session;
    order.push('session');
  };
  const metadata = [0, 1].map((partitionId) => ({ partitionId, leader: 0 }) as never);
  const partitions = new PartitionChoice(
    kafkajs.Partitioners.DefaultPartitioner,
    async () => metadata,
    60_000,
  );
  const sending = new Sending({
    outlet,
    sealLater: later ? new SealLater(outlet) : null,
    partitions,
    describe,
    sessions: new SessionWriter({ write }),
    logger: keepingLogger(lines),
  });
  const sender = {
    async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
      calls.push(batch);
      order.push('messages');
      const result = answer(batch, calls.length);
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const send = (messages: Message[], more: Partial<ProducerBatch> = {}) =>
    sending.send(sender, { ...more, topicMessages: [{ topic: 't', messages }] }, sending.concludeNow);
  return { clear, referring, order, send, sending, sender, calls, concluded, outgoing, lines, refusals };
}

const leavesInClear = (message: Outgoing): InClear => ({
  inClear: true,
  message,
  value: message.payload,
  key: message.key,
  headers: message.headers,
  refersTo: null,
  channel: 't',
  sender: 'alice',
  recipients: [],
  type: null,
  atMs: 0,
  wouldRefuse: null,
  recordHash: Buffer.alloc(32),
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

const to = (partition: number, value = 'v'): Message => ({ value, partition });

describe('a send', () => {
  test('whose key store took its time leaves nothing in clear that must be sealed by then', async () => {
    const { send, calls, clear, order, concluded } = stage(undefined, undefined, true);
    let asked = 0;
    // The time of the channel ends while the other message waits for its signature.
    clear.of = (batch) =>
      asked++ === 0 ? batch.map((one) => (one.partition === 0 ? leavesInClear(one) : null)) : null;
    await send([to(0), to(1)]);
    const values = calls[0]!.topicMessages![0]!.messages.map(({ value }) => String(value));
    expect(values).toEqual(['s:v', 's:v']);
    // What was sealed for the first attempt has its outcome too, and nothing was kept of what did not leave in clear.
    expect([order, concluded]).toEqual([['messages'], ['1 failed', '2 acknowledged']]);
  });

  test('has what leaves in clear kept before kafkajs is called, and is not sent where that cannot be', async () => {
    const { send, calls, clear, refusals, order, concluded } = stage();
    clear.of = (batch) => batch.map((one) => (one.partition === 0 ? leavesInClear(one) : null));
    await send([to(0), to(1), to(0)]);
    expect([order, concluded]).toEqual([['kept 2', 'messages'], ['3 acknowledged']]);
    refusals.keep = new InabilityError('ERR_UNABLE_AUDIT', 'full');
    await expect(send([to(0), to(1)])).rejects.toBe(refusals.keep);
    expect(calls).toHaveLength(1);
    // The one that was sealed beside it.
    expect(concluded).toEqual(['3 acknowledged', '1 failed']);
  });

  test('[E-32] that refers to a session writes it first, once, and is not sent where it cannot', async () => {
    const { send, refusals, referring, order, concluded } = stage();
    referring.to = { topic: 'sessions', key: Buffer.alloc(32), value: () => Buffer.from('record') };
    refusals.session = new Error('away');
    await expect(send([to(0), to(1)])).rejects.toMatchObject({ code: 'ERR_UNABLE_SESSIONS' });
    await settled();
    expect([order, concluded]).toEqual([[], ['2 failed']]);
    delete refusals.session;
    await send([to(0)]);
    await send([to(0)]);
    expect(order).toEqual(['session', 'messages', 'messages']);
  });

  test('seals the whole call at once and hands kafkajs fresh, extensible, pinned messages', async () => {
    const { send, calls, concluded, outgoing } = stage();
    const original = [to(0, 'a'), { ...to(1, 'b'), timestamp: '5' }];
    const answer = await send(original, { acks: -1, timeout: 7 });
    expect(answer).toEqual(metadataOf(calls[0]!));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ acks: -1, timeout: 7 });
    const [first, second] = calls[0]!.topicMessages![0]!.messages;
    expect(first).toEqual({ key: null, value: Buffer.from('s:a'), partition: 0, headers: {} });
    expect(second).toMatchObject({ partition: 1, timestamp: '5' });
    expect(first).not.toBe(original[0]);
    expect(Object.isExtensible(first) && Object.isExtensible(first!.headers)).toBe(true);
    expect(outgoing.map(({ partition }) => partition)).toEqual([0, 1]);
    expect(concluded).toEqual(['2 acknowledged']);
  });

  test('leaves what is only observed as it is, in its place and to its partition, and seals the rest', async () => {
    const { send, calls, clear, outgoing, concluded } = stage();
    clear.of = (batch) => batch.map((one) => (one.partition === 0 ? leavesInClear(one) : null));
    const original = [
      { ...to(0, 'a'), key: 'k', headers: { h: ['x', 'y'] }, timestamp: '5' },
      to(1, 'b'),
      to(0, 'c'),
    ];
    await send(original);
    expect(calls[0]!.topicMessages![0]!.messages).toEqual([
      {
        key: Buffer.from('k'),
        value: Buffer.from('a'),
        partition: 0,
        headers: { h: [Buffer.from('x'), Buffer.from('y')] },
        timestamp: '5',
      },
      { key: null, value: Buffer.from('s:b'), partition: 1, headers: {} },
      { key: null, value: Buffer.from('c'), partition: 0, headers: {} },
    ]);
    expect(outgoing.map(({ partition }) => partition)).toEqual([1]);
    expect(concluded).toEqual(['3 acknowledged']);
  });

  test('seals nothing where all is observed, and a tombstone stays one', async () => {
    const { send, calls, clear, refusals } = stage();
    refusals.seal = new Error('sealed');
    clear.of = (batch) => batch.map(leavesInClear);
    await send([{ key: 'k', value: null, partition: 0 }]);
    expect(calls[0]!.topicMessages![0]!.messages).toMatchObject([{ value: null, key: Buffer.from('k') }]);
  });

  test('asks describe for each record as the application gave it', async () => {
    const { send, outgoing } = stage(undefined, ({ topic, value }) => ({
      type: `${topic}.${String(value)}`,
    }));
    await send([to(0, 'a'), to(0, 'b')]);
    expect(outgoing.map(({ description }) => description.type)).toEqual(['t.a', 't.b']);
  });

  test('sends nothing where sealing refuses', async () => {
    const { send, calls, refusals, concluded } = stage();
    refusals.seal = new InabilityError('ERR_UNABLE_AUDIT', 'full');
    await expect(send([to(0)])).rejects.toBe(refusals.seal);
    expect([calls, concluded]).toEqual([[], []]);
  });

  test('keeps its success where the outcome cannot be audited at once', async () => {
    const { send, refusals, lines } = stage();
    refusals.conclude = new InabilityError('ERR_UNABLE_AUDIT', 'away');
    expect(await send([to(0)])).toHaveLength(1);
    expect(lines).toHaveLength(1);
  });

  test('without acknowledgements is audited as unknown', async () => {
    const { send, concluded } = stage(() => []);
    expect(await send([to(0)], { acks: 0 })).toEqual([]);
    expect(concluded).toEqual(['1 unknown']);
  });

  test('passes kafkajs’ error on unchanged, and audits a time-out as unknown', async () => {
    const timeout = Object.assign(new Error('timed out'), { name: 'KafkaJSRequestTimeoutError' });
    const { send, concluded } = stage(() => timeout);
    await expect(send([to(0)])).rejects.toBe(timeout);
    await settled();
    expect(concluded).toEqual(['1 unknown']);
  });

  test('is rejected when it fails, even while its audit event has to wait', async () => {
    const failure = new Error('the cluster is away');
    const { send, refusals } = stage(() => failure);
    refusals.wait = new Promise(() => undefined);
    await expect(send([to(0)])).rejects.toBe(failure);
  });

  test('goes in rounds where sealing made it too large, and audits each as what became of it', async () => {
    const failure = new Error('gone');
    const { send, calls, concluded } = stage((batch, call) => (call === 2 ? failure : metadataOf(batch)));
    const large = 'x'.repeat(600_000);
    await expect(send([to(0, large), to(1, large), to(0, large), to(0, large)])).rejects.toBe(failure);
    expect(
      calls.map(({ topicMessages }) => topicMessages![0]!.messages.map(({ partition }) => partition)),
    ).toEqual([[0, 1], [0]]);
    await settled();
    expect(concluded).toEqual(['2 acknowledged', '1 unknown', '1 failed']);
  });

  test('lets kafkajs refuse what it refuses without showing it a message', async () => {
    const { sending, sender, calls } = stage(() => []);
    const odd = [
      { topic: '', messages: [to(0, 'secret')] },
      { topic: 't', messages: undefined as never },
    ];
    for (const each of odd) {
      await sending.send(
        sender,
        { topicMessages: [{ topic: 't', messages: [to(0, 'secret')] }, each] },
        sending.concludeNow,
      );
    }
    expect(calls.map(({ topicMessages }) => topicMessages)).toEqual([
      [{ topic: '', messages: [] }],
      [{ topic: 't', messages: undefined }],
    ]);
  });
});

describe('rounds', () => {
  const placed = (partition: number, bytes: number) => ({
    topic: 't',
    partition,
    timestamp: undefined,
    sealed: sealedOf(Buffer.alloc(bytes)),
  });
  const sizes = (given: readonly [number, number][], limit: number) =>
    rounds(
      given.map(([partition, bytes]) => placed(partition, bytes)),
      ({ partition, sealed }) => ({ value: sealed.value, partition }),
      limit,
    ).map(({ topicMessages }) =>
      topicMessages[0]!.messages.map(({ partition, value }) => [partition, value!.length]),
    );

  test('are one where everything fits', () => {
    expect(
      sizes(
        [
          [0, 100],
          [1, 100],
          [0, 100],
        ],
        1000,
      ),
    ).toEqual([
      [
        [0, 100],
        [1, 100],
        [0, 100],
      ],
    ]);
  });

  test('divide by partition, keep order, and let a record that is too large go alone', () => {
    expect(
      sizes(
        [
          [0, 400],
          [0, 2000],
          [1, 400],
          [0, 10],
        ],
        1000,
      ),
    ).toEqual([
      [
        [0, 400],
        [1, 400],
      ],
      [[0, 2000]],
      [[0, 10]],
    ]);
  });
});

describe('sendComplete', () => {
  const batch = { acks: -1, topicMessages: [{ topic: 't', messages: [to(0, 'a'), to(1, 'b')] }] };
  const withAnswers = (...answers: RecordMetadata[][]) => {
    const calls: ProducerBatch[] = [];
    const sendBatch = async (each: ProducerBatch): Promise<RecordMetadata[]> => {
      calls.push(each);
      return answers.length > 1 ? answers.shift()! : answers[0]!;
    };
    return { calls, sendBatch };
  };
  const of = (...partitions: number[]): RecordMetadata[] =>
    partitions.map((partition) => ({ topicName: 't', partition, errorCode: 0 }));

  test('returns kafkajs’ own answer where every partition has answered', async () => {
    const answer = of(0, 1);
    expect(await sendComplete(withAnswers(answer), batch, silent)).toBe(answer);
  });

  test('sends again, the same messages, what kafkajs left out', async () => {
    const sender = withAnswers(of(0), of(1));
    expect(await sendComplete(sender, batch, silent)).toEqual(of(0, 1));
    const [again] = sender.calls[1]!.topicMessages!;
    expect(again!.messages).toEqual([to(1, 'b')]);
    expect(again!.messages[0]).toBe(batch.topicMessages[0]!.messages[1]);
  });

  test('gives up on a partition that never answers, rather than report success', async () => {
    await expect(sendComplete(withAnswers(of(0)), batch, silent)).rejects.toThrow(/No broker answered/);
  });

  test('expects no answer without acknowledgements', async () => {
    const sender = withAnswers([]);
    expect(await sendComplete(sender, { ...batch, acks: 0 }, silent)).toEqual([]);
    expect(sender.calls).toHaveLength(1);
  });
});

describe('the outcome of a failed send', () => {
  const typed = (type: string) => Object.assign(new Error(type), { type });

  test('is failed only where nothing can have been written', () => {
    expect(sendOutcome(typed('MESSAGE_TOO_LARGE'), 1)).toBe('failed');
    expect(sendOutcome(typed('TOPIC_AUTHORIZATION_FAILED'), 1)).toBe('failed');
    expect(sendOutcome(new Error('The producer is disconnected'), 3)).toBe('failed');
  });

  test('is unknown for time-outs, lost connections, exhausted retries, and for several partitions', () => {
    expect(sendOutcome(typed('MESSAGE_TOO_LARGE'), 2)).toBe('unknown');
    expect(sendOutcome(typed('REQUEST_TIMED_OUT'), 1)).toBe('unknown');
    expect(sendOutcome(Object.assign(new Error('x'), { name: 'KafkaJSNumberOfRetriesExceeded' }), 1)).toBe(
      'unknown',
    );
    expect(sendOutcome('odd', 1)).toBe('unknown');
  });
});
