// What is not sealed, on channels that are not held to their policy yet: who attacks it, and what must never come of it.
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  InabilityError,
  isPlain,
  isRejected,
  origin,
  rememberOrigin,
  ValidationError,
  type HeaderField,
  type Received,
} from '@sealwire/core';
import {
  fromQueue,
  header,
  judged,
  message,
  now,
  open,
  plaintext,
  report,
  reset,
  route,
  sealed,
  terms,
  verdict,
} from './plaintext-world.js';

beforeEach(reset);

/** The rest of a channel’s life: what must hold whichever way it came there. */
const enforcing: readonly (readonly [string, () => void])[] = [
  ['has no terms', () => (now.terms = null)],
  ['has terms whose time is over', () => (now.nowMs = terms.untilMs)],
];

describe.each(enforcing)('a channel that %s', (_name, enforce) => {
  beforeEach(enforce);

  it('takes no plaintext, whoever sends it', async () => {
    expect(await verdict(plaintext())).toBe('ERR_FORMAT_NOT_SEALED');
    expect(await verdict(fromQueue({ userId: 'alice' }))).toBe('ERR_FORMAT_NOT_SEALED');
    expect(await verdict(plaintext({ value: null }))).toBe('ERR_FORMAT_NOT_SEALED');
  });

  it('sends none', () => {
    expect(open().outlet.inClear([message()])).toBeNull();
  });

  it('takes what is sealed', async () => {
    expect(await verdict(sealed())).toBe('verified');
  });
});

it('admits plaintext on no channel but its own', async () => {
  now.terms = { ...terms, mode: 'observe' };
  const elsewhere = { transport: 'kafka', topic: 'other', partition: 0, offset: '1' } as const;
  expect(await verdict(plaintext({ source: elsewhere }))).toBe('ERR_FORMAT_NOT_SEALED');
  expect(open().outlet.inClear([message(undefined, 'other')])).toBeNull();
});

it('ends while a receiver runs, by the clock, and begins and ends with a policy that is reloaded', async () => {
  const running = open();
  expect(isPlain(await judged(plaintext(), running))).toBe(true);
  now.nowMs = terms.untilMs - 1;
  expect(isPlain(await judged(plaintext(), running))).toBe(true);
  now.nowMs = terms.untilMs;
  expect(isRejected(await judged(plaintext(), running))).toBe(true);
  now.terms = { ...terms, untilMs: now.nowMs + 1 };
  expect(isPlain(await judged(plaintext(), running))).toBe(true);
  now.terms = null;
  expect(isRejected(await judged(plaintext(), running))).toBe(true);
});

describe('a channel that migrates', () => {
  it('hands over the plaintext of a named sender as what it is', async () => {
    const outcome = await judged(plaintext());
    expect(outcome).toMatchObject({
      plain: true,
      claimedSender: 'alice',
      evidence: 'header',
      mode: 'migrate',
    });
    const handed = {};
    rememberOrigin(handed, outcome as never);
    expect(origin(handed)).toEqual({
      verified: false,
      channel: 'tasks',
      claimed: { sender: 'alice', by: 'header', type: 'task.request' },
      sender: null,
      recipients: null,
      type: null,
      contentType: null,
      issuedAtMs: null,
      nonce: null,
      messageHash: null,
      senderKeyId: null,
      correlationId: null,
      causationId: null,
      keyRevoked: false,
      redrivenBy: null,
      unverifiable: true,
    });
  });

  it('audits each as plaintext, with what it only claims marked', async () => {
    const { inlet, events } = open();
    await inlet.conclude(await inlet.open([plaintext()], null));
    expect(events()).toEqual([
      expect.objectContaining({
        kind: 'message.received',
        encryption_status: 'plaintext',
        outcome: 'delivered',
        unverified: true,
        sender_id: 'alice',
        sender_known_by: 'header',
        message_hash: null,
        channel: 'tasks',
        mode: 'migrate',
        would_refuse: 'ERR_FORMAT_NOT_SEALED',
      }),
    ]);
    expect(events()[0]).not.toHaveProperty('code');
  });

  const refused: readonly (readonly [string, string, () => Received])[] = [
    ['names nobody', 'ERR_POLICY_PLAINTEXT', () => plaintext({ headers: [] })],
    ['names another', 'ERR_POLICY_PLAINTEXT', () => plaintext({ headers: [header('x-agent', 'dora')] })],
    ['names a group', 'ERR_POLICY_PLAINTEXT', () => plaintext({ headers: [header('x-agent', 'team')] })],
    [
      'names two in one header',
      'ERR_POLICY_PLAINTEXT',
      () => plaintext({ headers: [header('x-agent', 'alice', 'dora')] }),
    ],
    [
      'names two in two headers',
      'ERR_POLICY_PLAINTEXT',
      () => plaintext({ headers: [header('x-agent', 'alice'), header('x-agent', 'dora')] }),
    ],
    [
      'writes the header otherwise',
      'ERR_POLICY_PLAINTEXT',
      () => plaintext({ headers: [header('X-Agent', 'alice')] }),
    ],
    [
      'has a name of bytes',
      'ERR_POLICY_PLAINTEXT',
      () => plaintext({ headers: [header('x-agent', 'alice ')] }),
    ],
    [
      'comes from an agent that has left the directory',
      'ERR_POLICY_PLAINTEXT',
      () => {
        now.names = now.names.filter((name) => name !== 'alice');
        return plaintext();
      },
    ],
    [
      'may not send this type',
      'ERR_POLICY_SENDER',
      () => plaintext({ headers: [header('x-agent', 'carol')] }),
    ],
    [
      'claims a type that the channel has not',
      'ERR_POLICY_TYPE',
      () => plaintext({ headers: [header('x-agent', 'alice'), header('x-type', 'task.other')] }),
    ],
    ['is not of its content type', 'ERR_VALIDATION_PAYLOAD', () => plaintext({ value: Buffer.from('{') })],
    ['is empty', 'ERR_VALIDATION_PAYLOAD', () => plaintext({ value: Buffer.alloc(0) })],
    ['is too large', 'ERR_FORMAT_SIZE', () => plaintext({ value: Buffer.alloc(5000, 0x20) })],
    [
      'is for others',
      'ERR_KEY_NOT_FOR_ME',
      () => {
        now.routes = [{ ...route, audience: ['dora'] }];
        return plaintext();
      },
    ],
  ];

  it.each(refused)('refuses plaintext that %s', async (_name, code, make) => {
    const received = make();
    const { inlet, events } = open();
    const outcomes = await inlet.open([received], null);
    expect(outcomes).toMatchObject([{ verified: false, wasPlain: true, code }]);
    await inlet.conclude(outcomes);
    expect(events()).toMatchObject([
      {
        kind: 'message.rejected',
        code,
        encryption_status: 'plaintext',
        outcome: 'quarantined',
        unverified: true,
      },
    ]);
    // Nothing vouches for it, so nobody may have it delivered later.
    expect(await inlet.testify(outcomes.filter(isRejected))).toEqual([null]);
  });

  it.each(refused)(
    'observed instead, would hand over what %s, and audit why it would be refused',
    async (_n, code, make) => {
      now.terms = { ...terms, mode: 'observe' };
      const received = make();
      const { inlet, events } = open();
      const outcomes = await inlet.open([received], null);
      expect(outcomes).toMatchObject([{ plain: true, wouldRefuse: code }]);
      await inlet.conclude(outcomes);
      expect(events()).toMatchObject([{ outcome: 'delivered', would_refuse: code, mode: 'observe' }]);
    },
  );

  it('knows senders by their group', async () => {
    now.terms = { ...terms, from: ['team'] };
    now.routes = [report];
    expect(await verdict(plaintext({ headers: [header('x-agent', 'carol')] }))).toBe('plain');
    expect(await verdict(plaintext())).toBe('ERR_POLICY_PLAINTEXT');
    // A group sends nothing.
    expect(await verdict(plaintext({ headers: [header('x-agent', 'team')] }))).toBe('ERR_POLICY_PLAINTEXT');
  });

  it('waits, and refuses nothing, while what is known of a named sender has expired', async () => {
    now.unusable = 'alice';
    await expect(judged(plaintext())).rejects.toThrow(InabilityError);
  });

  it('is told the type by a header, or else by who may send only one', async () => {
    now.routes = [route, report];
    const typeOf = async (...headers: HeaderField[]): Promise<unknown> => {
      const outcome = await judged(plaintext({ headers }));
      return isPlain(outcome) ? outcome.type : isRejected(outcome) && outcome.code;
    };
    expect(await typeOf(header('x-agent', 'alice'), header('x-type', 'task.request'))).toBe('task.request');
    expect(await typeOf(header('x-agent', 'carol'))).toBe('task.report');
    expect(await typeOf(header('x-agent', 'carol'), header('x-type', 'task.request'))).toBe(
      'ERR_POLICY_SENDER',
    );
    now.routes = [{ ...route, senders: ['alice', 'carol'] }, report];
    expect(await typeOf(header('x-agent', 'carol'))).toBe('ERR_POLICY_TYPE');
  });

  it('takes anybody’s where the policy says so, and the form of the payload still counts', async () => {
    now.terms = { ...terms, from: null };
    expect(await verdict(plaintext({ headers: [] }))).toBe('plain');
    expect(await verdict(plaintext({ headers: [header('x-agent', 'dora')] }))).toBe('plain');
    expect(await verdict(plaintext({ headers: [], value: Buffer.from('{') }))).toBe('ERR_VALIDATION_PAYLOAD');
  });

  it('takes a tombstone as one', async () => {
    expect(await verdict(plaintext({ value: null }))).toBe('plain');
    expect(await verdict(plaintext({ value: null, headers: [] }))).toBe('ERR_POLICY_PLAINTEXT');
  });

  it('believes the broker’s user_id on RabbitMQ, and no header beside it', async () => {
    expect(await judged(fromQueue({ userId: 'alice' }))).toMatchObject({ plain: true, evidence: 'user_id' });
    const claimed = { headers: [header('x-agent', 'alice')] };
    expect(await verdict(fromQueue({ userId: 'dora', ...claimed }))).toBe('ERR_POLICY_PLAINTEXT');
    expect(await verdict(fromQueue({ userId: null, ...claimed }))).toBe('ERR_POLICY_PLAINTEXT');
    now.terms = { ...terms, byUserId: false };
    expect(await judged(fromQueue(claimed))).toMatchObject({ plain: true, evidence: 'header' });
    expect(await verdict(fromQueue({ userId: 'alice' }))).toBe('ERR_POLICY_PLAINTEXT');
  });

  it('never believes a user_id that did not come over RabbitMQ', async () => {
    expect(await verdict(plaintext({ headers: [], userId: 'alice' }))).toBe('ERR_POLICY_PLAINTEXT');
  });

  it('sends nothing in clear', () => {
    now.agent = 'alice';
    expect(open().outlet.inClear([message()])).toBeNull();
  });

  it('takes the payload of an older schema that is accepted, and of no other', async () => {
    const [current, older] = [Buffer.from('current'), Buffer.from('older')];
    now.routes = [{ ...route, schema: current, acceptedSchemas: [older] }];
    now.payloads = {
      hashOf: () => current,
      checkOf: (_channel, _type, hash) => (payload) => {
        if (!payload.toString().includes(hash.toString()))
          throw new ValidationError('ERR_VALIDATION_PAYLOAD', 'it is of another schema');
      },
    };
    const of = (text: string): Promise<string> => verdict(plaintext({ value: Buffer.from(text) }));
    expect(await of('"current"')).toBe('plain');
    expect(await of('"older"')).toBe('plain');
    expect(await of('"oldest"')).toBe('ERR_VALIDATION_PAYLOAD');
  });
});

it('a failure of a check itself is a verdict, as for sealed messages', async () => {
  Object.defineProperty(now, 'names', { configurable: true, get: () => { throw new TypeError('a bug'); } }); // prettier-ignore
  expect(await verdict(plaintext())).toBe('ERR_FORMAT_UNEXPECTED');
});
