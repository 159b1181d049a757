// Messages that refer to their session: their bytes, their look-up, and how they become self-contained again.
import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import { InabilityError, type Received, type Rejected, type Sealed, type Verified } from '@sealwire/core';
import {
  decodeSessionRecord,
  referenceOf,
  selfContained,
  sessionMessage,
  sessionRecordSchema,
  type References,
} from '../src/index.js';
import { build, crc64Avro, prefix, scalars, sha256, types } from './reference.js';
import { opener, outgoing, receivedFrom, route, sealer, world } from './world.js';

const w = world();
const byReference = { ...route, sessionTopic: 'sessions' };
const sealReferring = () => sealer(w, { route: byReference });

/** The session topic as a map, which counts how often it is asked. */
class Topic implements References {
  readonly sessions = new Map<string, Buffer>();
  readonly asked: string[][] = [];
  failing: Error | null = null;
  name: string | null = 'sessions';
  readonly source = {
    find: async (_topic: string, references: readonly string[]) => {
      this.asked.push([...references]);
      if (this.failing !== null) throw this.failing;
      return new Map(
        references.flatMap((each) => (this.sessions.has(each) ? [[each, this.sessions.get(each)!]] : [])),
      );
    },
  };

  topicOf(): string | null {
    return this.name;
  }

  put(session: Buffer, reference: Buffer = sha256(session).subarray(0, 16)): void {
    this.sessions.set(reference.toString('latin1'), session);
  }

  async publish(sealed: Sealed): Promise<void> {
    const { key, value } = sealed.refersTo!;
    this.put(decodeSessionRecord(key, await value()).session.bytes);
  }
}

const openerOf = (topic: Topic) => opener(w, w.team, 1_048_576, topic);
const codeOf = (outcome: Verified | Rejected | undefined) => (outcome!.verified ? 'verified' : outcome!.code);

/** The slow implementation’s message in its short form. */
function shortened(parts: Parameters<typeof build>[0] = {}): { received: Received; session: Buffer } {
  const { session, S, header, body, mac, proof, key } = build(parts);
  const value = Buffer.concat([
    prefix,
    types.message.toBuffer({ session: S.subarray(0, 16), header, body, mac, proof }),
  ]);
  return { received: receivedFrom({ value, key, headers: [], refersTo: null, facts: {} as never }), session };
}

describe('a message by reference', () => {
  it('is what the second implementation makes, and opens when its session is found', async () => {
    const topic = new Topic();
    const { received, session } = shortened();
    topic.put(session);
    const [outcome] = await openerOf(topic)([received]);
    expect(outcome).toMatchObject({ verified: true, payload: Buffer.from('{"do":"it"}') });
  });

  it('[E-12] is refused where the channel has no session topic, though the session is known', async () => {
    const topic = new Topic();
    const open = openerOf(topic);
    const seal = sealReferring();
    const [sealed] = seal([outgoing()]);
    await topic.publish(sealed!);
    expect(codeOf((await open([receivedFrom(sealed!)]))[0])).toBe('verified');
    topic.name = null;
    expect(codeOf((await open([receivedFrom(seal([outgoing()])[0]!)]))[0])).toBe(
      'ERR_FORMAT_SESSION_REFERENCE',
    );
  });

  it('is more than 200 bytes smaller, and AMQP messages of the same route stay self-contained', () => {
    const seal = sealReferring();
    const amqp = { transport: 'rabbitmq', exchange: 'x', routingKey: 'k' } as const;
    const [short, whole] = seal([outgoing(), outgoing({ destination: amqp, partition: null })]);
    expect(referenceOf(short!.value!)).toEqual(short!.refersTo!.key.subarray(0, 16));
    expect([whole!.refersTo, referenceOf(whole!.value!)]).toEqual([null, null]);
    expect(whole!.value!.length - short!.value!.length).toBeGreaterThan(200);
  });

  it('names one session object for all messages of a session, and signs its record once', async () => {
    const seal = sealReferring();
    const [a, b] = seal([outgoing(), outgoing({ payload: null, key: Buffer.from('k') })]);
    expect(b!.refersTo).toBe(a!.refersTo);
    expect(seal([outgoing()])[0]!.refersTo).toBe(a!.refersTo);
    expect(await a!.refersTo!.value()).toBe(await a!.refersTo!.value());
    expect(b!.value).toBeNull();
    expect(referenceOf(b!.headers[0]!.values[0]!)).not.toBeNull();
  });

  it('opens beside self-contained ones of the same session, one look-up for all that is unknown', async () => {
    const topic = new Topic();
    const open = openerOf(topic);
    const [one, two] = [sealReferring(), sealReferring()];
    const sealed = [...one([outgoing(), outgoing(), outgoing({ payload: null })]), ...two([outgoing()])];
    for (const each of sealed) await topic.publish(each);
    const session = topic.sessions.get(sealed[1]!.refersTo!.key.toString('latin1', 0, 16))!;
    const records = sealed.map((each) => receivedFrom(each));
    records[1] = { ...records[1]!, value: selfContained(records[1]!.value!, session) };
    records.push(receivedFrom({ ...sealed[0]!, value: Buffer.from('junk') }));
    expect((await open(records)).map(codeOf)).toEqual([
      ...Array<string>(4).fill('verified'),
      'ERR_FORMAT_NOT_SEALED',
    ]);
    expect(topic.asked).toHaveLength(1);
    expect(topic.asked[0]).toHaveLength(2);
    expect((await open(records.slice(0, 4))).map(codeOf)).toEqual(Array(4).fill('verified'));
    expect(topic.asked).toHaveLength(1);
  });

  it('of an unknown session is a verdict and stops no other, also when it is not the session that it names', async () => {
    const topic = new Topic();
    const [bad, wrong] = [sealReferring()([outgoing()])[0]!, sealReferring()([outgoing()])[0]!];
    const good = sealReferring()([outgoing()])[0]!;
    await topic.publish(good);
    topic.put([...topic.sessions.values()][0]!, wrong.refersTo!.key.subarray(0, 16));
    const outcomes = await openerOf(topic)([bad, wrong, good].map((each) => receivedFrom(each)));
    expect(outcomes.map(codeOf)).toEqual([
      'ERR_FORMAT_SESSION_UNKNOWN',
      'ERR_FORMAT_SESSION_UNKNOWN',
      'verified',
    ]);
  });

  it('is judged by nobody while the session topic cannot be read, and opens afterwards', async () => {
    const topic = new Topic();
    const sealed = sealReferring()([outgoing()])[0]!;
    await topic.publish(sealed);
    topic.failing = new InabilityError('ERR_UNABLE_SESSIONS', 'away');
    const open = openerOf(topic);
    const junk = receivedFrom({ ...sealed, value: Buffer.from('junk') });
    await expect(open([junk, receivedFrom(sealed)])).rejects.toMatchObject({ code: 'ERR_UNABLE_SESSIONS' });
    topic.failing = null;
    expect((await open([junk, receivedFrom(sealed)])).map(codeOf)).toEqual([
      'ERR_FORMAT_NOT_SEALED',
      'verified',
    ]);
  });

  it('[E-36] is held to what a self-contained one is, and keeps no session that its signature does not vouch for', async () => {
    const topic = new Topic();
    const open = openerOf(topic);
    const { received, session } = shortened({
      change: { signature: (bytes) => Buffer.from(bytes).reverse() },
    });
    topic.put(session);
    expect(codeOf((await open([received]))[0])).toBe('ERR_INTEGRITY_SIGNATURE');
    expect(codeOf((await open([received]))[0])).toBe('ERR_INTEGRITY_SIGNATURE');
    expect(topic.asked).toHaveLength(2);
    const malformed = shortened({ change: { session: (bytes) => bytes.subarray(0, -1) } });
    topic.put(malformed.session);
    expect(codeOf((await open([malformed.received]))[0])).toBe('ERR_FORMAT_SESSION');
    const suite = shortened({ session: { suite: 2 } });
    topic.put(suite.session);
    expect(codeOf((await open([suite.received]))[0])).toBe('ERR_FORMAT_SUITE');
    const unlisted = shortened({ signer: scalars.team });
    topic.put(unlisted.session);
    expect(codeOf((await open([unlisted.received]))[0])).toBe('ERR_KEY_UNKNOWN');
  });

  it('[E-38] takes its session along when it is rejected, where the session is known', async () => {
    const topic = new Topic();
    const { received, session } = shortened({ change: { mac: (bytes) => Buffer.from(bytes).reverse() } });
    const unknown = await openerOf(topic)([received]);
    topic.put(session);
    const known = await openerOf(topic)([received]);
    expect([unknown[0], known[0]]).toMatchObject([{ session: null }, { session, code: 'ERR_INTEGRITY_MAC' }]);
  });
});

describe('making a message self-contained', () => {
  it('[E-38] changes its form and nothing else: the same message, byte for byte behind the session', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (payload, tombstone) => {
        const { received, session } = shortened({
          plaintext: { payload: Buffer.from(payload) },
          ...(tombstone ? { header: {} } : {}),
        });
        const whole = selfContained(received.value!, session);
        const before = types.message.fromBuffer(received.value!.subarray(prefix.length)) as Record<
          string,
          Buffer
        >;
        const after = types.message.fromBuffer(whole.subarray(prefix.length)) as Record<string, Buffer>;
        expect(after).toEqual({ ...before, session });
        expect(selfContained(whole, session)).toBe(whole);
        const [outcome] = await opener(w)([{ ...received, value: whole }]);
        expect(outcome).toMatchObject({ verified: true, payload: Buffer.from(payload) });
      }),
      { numRuns: 25 },
    );
  });

  it('refuses another session, and what is no message', () => {
    const { received, session } = shortened();
    const other = build({ session: { instance: Buffer.alloc(16, 9) } }).session;
    expect(() => selfContained(received.value!, other)).toThrow('not the session that the message refers to');
    expect(() => selfContained(Buffer.from('junk'), session)).toThrow('not a sealed message');
  });
});

describe('a record of the session topic', () => {
  const type = avsc.Type.forSchema(sessionRecordSchema);
  const fingerprint = crc64Avro(
    '{"name":"sealwire.v1.SessionRecord","type":"record","fields":[{"name":"session","type":"bytes"},{"name":"signature","type":"bytes"}]}',
  );
  const start = Buffer.concat([Buffer.from('c301', 'hex'), fingerprint]);
  const { session, S } = build();
  const signature = Buffer.alloc(64, 7);
  const encode = (parts: object) => Buffer.concat([start, type.toBuffer({ session, signature, ...parts })]);

  it('is what the specification says, and its signature is the sender’s over the label and S', async () => {
    const [sealed] = sealReferring()([outgoing()]);
    const { key, value } = sealed!.refersTo!;
    const bytes = await value();
    expect(bytes.subarray(0, 10)).toEqual(start);
    expect(fingerprint.toString('hex')).toBe('f4569fac90a9f529');
    const read = type.fromBuffer(bytes.subarray(10)) as { session: Buffer; signature: Buffer };
    expect(sha256(read.session)).toEqual(key);
    const signed = Buffer.concat([Buffer.from('sealwire/v1/session'), key]);
    expect(sessionMessage(key)).toEqual(signed);
    expect(w.primitives.verifyKey(w.aliceKey.publicKey)!.verify(signed, read.signature)).toBe(true);
  });

  it('[E-33] is read only where its form, its session and its key are right', () => {
    expect(decodeSessionRecord(S, encode({})).session.bytes).toEqual(session);
    const cut = (bytes: Buffer) => bytes.subarray(0, -1);
    for (const [key, value] of [
      [null, encode({})],
      [S, null],
      [S.subarray(0, 16), encode({})],
      [sha256(S), encode({})],
      [S, Buffer.alloc(0)],
      [S, cut(encode({}))],
      [S, Buffer.concat([encode({}), Buffer.alloc(1)])],
      [S, encode({ signature: signature.subarray(1) })],
      [S, Buffer.concat([prefix, encode({}).subarray(10)])],
      [sha256(cut(session)), encode({ session: cut(session) })],
    ] as [Buffer | null, Buffer | null][]) {
      expect(() => decodeSessionRecord(key, value)).toThrow();
    }
  });

  it('is read for what it is or refused with a format error, whatever its bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.uint8Array({ maxLength: 600 }).map((rest) => Buffer.concat([start, rest])),
    );
    fc.assert(
      fc.property(bytes, (value) => {
        expect(() => decodeSessionRecord(sha256(Buffer.from(value)), Buffer.from(value))).toThrow(
          expect.objectContaining({ code: 'ERR_FORMAT_SESSION' }),
        );
      }),
    );
  });
});
