// What is logged, at every level and with kafkajs' buffers switched on, has no payload, key, header or password in it.
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { pinoLogCreator, redactPaths, secureKafka } from '@sealwire/kafka';
import kafkajs, { type Consumer, type LogEntry } from 'kafkajs';
import { pino, type Logger } from 'pino';
import { fixture, openAs } from '../fixture.ts';
import { openStage } from './stage.ts';

const canaries = {
  payload: 'c4n4ry-payload-7f3a91',
  key: 'c4n4ry-key-7f3a91',
  header: 'c4n4ry-header-7f3a91',
};

/** Every form in which bytes stand in a log: text, base64 at each of three offsets, hex, and a Buffer in JSON. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const shifted = [0, 1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [text, ...shifted, bytes.toString('hex'), [...bytes].join(',')];
}

const has = (log: string, text: string): boolean => formsOf(text).some((form) => log.includes(form));

function pinoTo(lines: string[], options: object = {}): Logger {
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return pino({ level: 'trace', ...options }, stream);
}

test('no payload, key, header or password is logged at any level, whatever a handler throws', async () => {
  const stage = await openStage();
  const before = { ...process.env };
  process.env['KAFKAJS_DEBUG_PROTOCOL_BUFFERS'] = '1';
  process.env['KAFKAJS_DEBUG_EXTENDED_PROTOCOL_BUFFERS'] = '1';
  const lines: string[] = [];
  const unfiltered: string[] = [];
  const logger = pinoTo(lines);
  const logCreator = (level: kafkajs.logLevel): ((entry: LogEntry) => void) => {
    const safe = pinoLogCreator(logger)(level);
    return (entry) => {
      const { error, stack } = entry.log as { error?: unknown; stack?: unknown };
      unfiltered.push(JSON.stringify({ ...entry, said: String(error), stack }));
      safe(entry);
    };
  };
  const opened = await Promise.all(
    ['orchestrator', 'researcher'].map((agent) => openAs(agent, stage.policy)),
  );
  try {
    const [sending, receiving] = opened.map((sealwire) =>
      secureKafka(sealwire, {
        brokers: fixture().kafka,
        logLevel: kafkajs.logLevel.DEBUG,
        logCreator,
      }),
    );
    const producer = stage.closes(sending!.producer());
    await producer.connect();
    const { payload: value, key, header } = canaries;
    await producer.send({ topic: stage.topic, messages: [{ key, value, headers: { note: header } }] });
    const consumer = stage.closes(receiving!.consumer({ groupId: stage.group, maxWaitTimeInMs: 200 }));
    await consumer.connect();
    // kafkajs logs what an asynchronous listener throws, and crashes on what another does.
    const listener = (): unknown => Promise.reject(new Error(`a listener quotes ${canaries.header}`));
    consumer.on(consumer.events.GROUP_JOIN, listener);
    await consumer.subscribe({ topic: stage.topic, fromBeginning: true });
    await crashed(consumer);
  } finally {
    for (const sealwire of opened) await sealwire.close();
    await stage.close();
    process.env = before;
  }

  const log = lines.join('');
  // The log is there, and says what an operator needs …
  expect(log).toContain('"error_name":"SyntaxError"');
  expect(log).toContain('Error when calling each');
  expect(log).toContain(`"topic":"${stage.topic}"`);
  expect(log).toContain('Failed to execute listener');
  expect(log).toContain('"msg":"Crash: ');
  // … kafkajs did offer more …
  expect(has(unfiltered.join('\n'), canaries.payload)).toBe(true);
  expect(has(unfiltered.join('\n'), canaries.key)).toBe(true);
  // … and none of it came through.
  for (const canary of Object.values(canaries)) expect(has(log, canary)).toBe(false);
  for (const agent of ['orchestrator', 'researcher']) expect(has(log, passwordOf(agent))).toBe(false);
});

/** Runs a handler that throws what quotes its payload, until kafkajs gives up because of it. */
async function crashed(consumer: Consumer): Promise<void> {
  let handled = false;
  const crash = new Promise<void>((resolve) => {
    consumer.on(consumer.events.CRASH, () => {
      if (handled) resolve();
    });
  });
  await consumer.run({
    eachMessage: async ({ message }) => {
      handled = true;
      const text = message.value!.toString();
      throw Object.assign(new SyntaxError(`no such task: ${text}`), { retriable: false });
    },
  });
  await crash;
}

const passwordOf = (agent: string): string =>
  readFileSync(`${fixture().folder}/secrets/${agent}.password`, 'utf8').trim();

test('an application’s own log of records and configurations is redacted by the paths', () => {
  const lines: string[] = [];
  const logger = pinoTo(lines, { redact: [...redactPaths] });
  const record = {
    key: canaries.key,
    value: Buffer.from(canaries.payload),
    headers: { note: canaries.header },
  };
  logger.info(record, 'a message');
  logger.info({ message: record, topic: 'orders' }, 'a payload of eachMessage');
  logger.info({ batch: { topic: 'orders', messages: [record] } }, 'a batch');
  logger.info({ topic: 'orders', messages: [record] }, 'a send');
  logger.info({ delivery: { content: record.value, properties: { headers: record.headers } } }, 'a delivery');
  logger.info({ config: { brokers: ['b:1'], sasl: { username: 'a', password: canaries.key } } }, 'a client');
  const log = lines.join('');
  expect(lines).toHaveLength(6);
  expect(log).toContain('"topic":"orders"');
  expect(log).toContain('b:1');
  for (const canary of Object.values(canaries)) expect(has(log, canary)).toBe(false);
});
