// A broker that begins, while messages go to it, to advertise a place where no credential may go.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AuditEvent } from '@sealwire/core';
import { secureKafka } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import type { Sealwire } from 'sealwire';
import { fixture, openAs } from '../fixture.ts';
import { openStage, type Stage } from '../kafka/stage.ts';
import { recordPlain, type RecordingServer } from './recording-server.ts';
import { TlsRelay } from './tls-relay.ts';

let stage: Stage;
let relay: TlsRelay;
let sealwire: Sealwire;
const events: AuditEvent[] = [];
const elsewhere: RecordingServer[] = [];
beforeEach(async () => {
  stage = await openStage();
  relay = await TlsRelay.open(Number(fixture().kafka[0]!.split(':')[1]));
  events.length = 0;
});
afterEach(async () => {
  await stage.close();
  await sealwire.close();
  await relay.close();
  await Promise.all(elsewhere.splice(0).map((server) => server.close()));
});

/** Sends one message after another, until it is told to end. @returns how many were acknowledged */
function keepSending(send: (value: string) => Promise<unknown>): () => Promise<number> {
  let going = true;
  const sent = (async () => {
    let count = 0;
    while (going) {
      await send(String(count));
      count++;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return count;
  })();
  return () => {
    going = false;
    return sent;
  };
}

async function seen(code: string): Promise<AuditEvent> {
  for (;;) {
    const event = events.find(({ kind, code: of }) => kind === 'connection.refused' && of === code);
    if (event !== undefined) return event;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** As Kafka's plaintext listener: it resets what it cannot read. */
async function plaintext(): Promise<RecordingServer> {
  const server = await recordPlain((socket) => socket.once('data', () => socket.resetAndDestroy()));
  elsewhere.push(server);
  return server;
}

test.each([
  ['a plaintext listener', 'localhost', 'ERR_UNABLE_HANDSHAKE'],
  ['an address outside the allowed networks', '127.0.0.2', 'ERR_USAGE_NETWORK'],
])(
  '%s gets no word of a login, and messages go on, none lost, when the address is right again',
  async (_, host, code) => {
    const policy = stage.variant((text) =>
      text.replace('kafka: { tls', "kafka: { allowed_networks: ['127.0.0.1/32', '::1/128'], tls"),
    );
    sealwire = await openAs('orchestrator', policy);
    const watched: Sealwire = {
      ...sealwire,
      report: (transport, sink, event) => {
        events.push(event);
        return sealwire.report(transport, sink, event);
      },
    };
    const own = { host: 'localhost', port: relay.port };
    const wrong = await plaintext();
    relay.advertised = own;
    const producer = secureKafka(watched, {
      brokers: [`localhost:${relay.port}`],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 1_000, initialRetryTime: 50, maxRetryTime: 200 },
    }).producer({ metadataMaxAge: 100 });
    stage.closes(producer);
    await producer.connect();
    const send = (value: string) =>
      producer.send({ topic: stage.topic, messages: [{ value, partition: 0 }] });
    await send('first');
    const end = keepSending(send);

    relay.advertised = { host, port: wrong.port };
    const refusal = await seen(code);
    relay.advertised = own;
    const sent = (await end()) + 1;

    expect(refusal.facts).toMatchObject({ host, port: wrong.port });
    // A ClientHello to the one, nothing at all to the other.
    const received = wrong.received();
    if (code === 'ERR_USAGE_NETWORK') expect(wrong.connections).toBe(0);
    else expect([...received.subarray(0, 3)]).toEqual([0x16, 3, 1]);
    for (const word of ['orchestrator', 'SCRAM', 'kafkajs']) expect(received.includes(word)).toBe(false);
    await send('last');
    expect((await stage.raw(stage.topic, sent + 1)).length).toBeGreaterThanOrEqual(sent + 1);
  },
);
