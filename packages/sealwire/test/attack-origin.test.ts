// Attacks on what a receiver keeps between messages, through the whole facade.
import { describe, expect, it } from '@jest/globals';
import { origin, rememberOrigin, type Received, type Verified, type VerifiedOrigin } from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';
import { build, type Parts } from '../../envelope/test/reference.js';
import { clock, nowMs, outgoing, route, world } from '../../envelope/test/world.js';
import { assemble } from '../src/index.js';
import { noSink, recordingTrails } from './recording-trails.js';

const w = world();

function open() {
  const trails = recordingTrails();
  const sealwire = assemble(
    {
      agent: 'alice',
      clock,
      primitives: nodePrimitives,
      suite: 1,
      directory: w.directory,
      keyStore: w.team,
      routes: {
        outbound: () => route,
        channelOf: () => 'tasks',
        inbound: (_channel, type) => (type === route.type ? route : null),
        senderAllowed: () => true,
        sessionTopicOf: () => null,
      },
      epochMs: 86_400_000,
      skewMs: 30_000,
      maxMessageBytes: 1_048_576,
    },
    {
      connection: () => {
        throw new Error('no connections here');
      },
      quarantine: {
        kafka: { onReject: 'quarantine', name: 'q' },
        rabbitmq: { onReject: 'quarantine', name: 'q' },
      },
      auditTarget: { kafka: 'a', rabbitmq: 'a' },
      trails,
    },
  );
  const { lines } = trails;
  return {
    sealwire,
    lines,
    inlet: sealwire.inlet('kafka', noSink),
    outlet: sealwire.outlet('kafka', noSink),
  };
}

function record(given: Partial<Parts> = {}, change: Partial<Received> = {}): Received {
  const { record: value, key } = build(given);
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '9' },
    value,
    key,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: nowMs,
    ...change,
  };
}

describe('a receiver', () => {
  it('judges the next message as before, whatever the application writes into what it was told', async () => {
    const { inlet } = open();
    const received = record();
    const [first] = (await inlet.open([received], null)) as [Verified];
    const message = {};
    rememberOrigin(message, first);
    const told = origin(message) as VerifiedOrigin;
    (told.recipients as string[]).push('mallory');
    told.senderKeyId.fill(0);
    told.nonce.fill(0);
    told.messageHash.fill(0);
    expect(origin(message)).toMatchObject({ recipients: ['team'], senderKeyId: w.aliceKey.keyId });
    const [second] = await inlet.open([received], null);
    expect(second).toMatchObject({ verified: true });
  });

  it('[E-25] refuses a path of a wrong length as malformed, before policy is asked', async () => {
    const [outcome] = await open().inlet.open(
      [record({ session: { channel: 'other' }, proof: { path: Buffer.alloc(32) } })],
      null,
    );
    expect(outcome).toMatchObject({ verified: false, code: 'ERR_FORMAT_PROOF' });
  });

  it('opens and seals nothing once it is closed, but audits what is under way', async () => {
    const { sealwire, inlet, outlet, lines } = open();
    const outcomes = await inlet.open([record()], null);
    const sealed = outlet.seal([outgoing()]);
    const begun = outlet.begin([outgoing()]);
    await sealwire.close();
    await expect(inlet.open([record()], null)).rejects.toMatchObject({ code: 'ERR_USAGE_CLOSED' });
    expect(() => outlet.seal([outgoing()])).toThrow(expect.objectContaining({ code: 'ERR_USAGE_CLOSED' }));
    expect(() => outlet.begin([outgoing()])).toThrow(expect.objectContaining({ code: 'ERR_USAGE_CLOSED' }));
    expect(() => outlet.finish(begun)).toThrow(expect.objectContaining({ code: 'ERR_UNABLE_AUDIT' }));
    await inlet.conclude(outcomes);
    await outlet.conclude(sealed, 'acknowledged');
    expect(lines).toHaveLength(2);
  });
});
