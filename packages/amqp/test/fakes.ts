// Small stand-ins for the facade and for amqplib’s channel, where a test needs to decide what they do.
import { EventEmitter } from 'node:events';
import {
  recordHash,
  UsageError,
  type ConnectionGuard,
  type HeaderField,
  type InClear,
  type Inlet,
  type Judged,
  type MessageFacts,
  type Outgoing,
  type Maced,
  type Outlet,
  type Plain,
  type Received,
  type Rejected,
  type Sealed,
} from '@sealwire/core';
import type { ConsumeMessage, Message, MessageProperties } from 'amqplib';
import { DeclaredQueues } from '../src/declared-queues.js';
import type { Link } from '../src/link.js';
import type { ConfirmCallback } from '../src/confirm-turns.js';
import { OutcomeLedger } from '../src/outcome-ledger.js';
import { Verdicts } from '../src/verdicts.js';

const facts = {
  sender: 'alice',
  recipients: ['team'],
  channel: 'orders',
  type: 'agent.message',
} as unknown as MessageFacts;

/** An envelope for tests: JSON of payload and headers behind a mark. Without the mark it is junk. */
const mark = 'sealed:';

export function sealFake({ payload, headers }: Outgoing, clear: ReadonlySet<string>): Sealed {
  const inside = headers.filter(({ name }) => !clear.has(name));
  const fields = inside.map(({ name, values }) => [name, values.map((value) => value.toString('base64'))]);
  const value = Buffer.from(mark + JSON.stringify({ payload: payload?.toString('base64'), fields }));
  return { value, key: null, headers: headers.filter(({ name }) => clear.has(name)), facts, refersTo: null };
}

export const plainFake = (received: Received): Plain => ({
  verified: false,
  plain: true,
  received,
  channel: 'orders',
  mode: 'migrate',
  claimedSender: received.userId ?? null,
  evidence: 'user_id',
  type: null,
  recipients: [],
  wouldRefuse: 'ERR_FORMAT_NOT_SEALED',
  downgrade: false,
  recordHash: recordHash(received),
});

/** A message that leaves as it is. */
export const clearFake = (message: Outgoing): InClear => ({
  inClear: true,
  message,
  value: message.payload,
  key: message.key,
  headers: message.headers,
  refersTo: null,
  channel: 'orders',
  sender: 'alice',
  recipients: [],
  type: null,
  atMs: 0,
  wouldRefuse: null,
  recordHash: Buffer.alloc(32),
});

export function openFake(received: Received): Judged {
  const text = received.value?.toString() ?? '';
  if (text.startsWith('plain')) return plainFake(received);
  if (!text.startsWith(mark)) return rejectedFake(received);
  const { payload, fields } = JSON.parse(text.slice(mark.length)) as {
    payload: string;
    fields: [string, string[]][];
  };
  const inside: HeaderField[] = fields.map(([name, values]) => ({
    name,
    values: values.map((value) => Buffer.from(value, 'base64')),
  }));
  return {
    verified: true,
    received,
    payload: Buffer.from(payload, 'base64'),
    headers: [...inside, ...received.headers],
    facts,
  };
}

export const rejectedFake = (received: Received): Rejected => ({
  verified: false,
  received,
  code: 'ERR_FORMAT_NOT_SEALED',
  reason: 'junk',
  recordHash: recordHash(received),
  claims: null,
  session: null,
});

/** Both sides; what a test changes of them is called in place of the usual. */
export class FakeSides {
  readonly sealedBatches: (readonly Outgoing[])[] = [];
  readonly openedBatches: number[] = [];
  readonly concluded: { outcomes: readonly Judged[]; rejected: string | undefined }[] = [];
  readonly sent: { batch: readonly (Sealed | InClear)[]; outcome: string; facts: unknown }[] = [];
  clear = new Set<string>();
  inClear: Outlet['inClear'] = () => null;
  keep: Outlet['keep'] = () => undefined;
  /** Awaited before each answer; throws to be unable. */
  beforeOpen: () => Promise<void> = () => Promise.resolve();
  beforeConclude: () => Promise<void> = () => Promise.resolve();
  beforeSent: () => Promise<void> = () => Promise.resolve();

  readonly outlet: Outlet = {
    seal: (batch) => this.outlet.finish(this.outlet.begin(batch)),
    begin: (batch) => {
      this.sealedBatches.push(batch);
      return batch.map((message) => ({ message, clearHeaders: [] }) as unknown as Maced);
    },
    finish: (begun) => begun.map(({ message }) => sealFake(message, this.clear)),
    inClear: (batch) => this.inClear(batch),
    keep: (batch) => this.keep(batch),
    sealLater: () => Promise.reject(new Error('AMQP seals at once')),
    conclude: async (batch, outcome, facts) => {
      await this.beforeSent();
      this.sent.push({ batch, outcome, facts });
    },
  };
  readonly inlet: Inlet = {
    revisit: () => Promise.resolve(),
    checkSource: (source) => {
      if (source.transport === 'rabbitmq' && source.queue === 'unmapped')
        throw new UsageError('ERR_USAGE_CHANNEL', 'not mapped');
    },
    open: async (batch) => {
      this.openedBatches.push(batch.length);
      await this.beforeOpen();
      return batch.map(openFake);
    },
    conclude: async (outcomes, rejected) => {
      await this.beforeConclude();
      this.concluded.push({ outcomes, rejected });
    },
    testify: async (rejected) => rejected.map(() => null),
  };
}

export const quickly = { firstMs: 1, maxMs: 2, returnAfterMs: 60_000 };

/** What a channel is part of, over fake sides and a quarantine that keeps what it gets. */
export function fakeLink(
  sides: FakeSides,
  options: {
    onReject?: 'quarantine' | 'halt' | 'drop';
    quarantine?: (count: number) => Promise<void>;
    returnAfterMs?: number;
  } = {},
): Link & { readonly quarantined: Message[] } {
  const quarantined: Message[] = [];
  const queue = {
    ready: () => Promise.resolve(),
    write: async (messages: readonly { raw: Message }[]) => {
      await options.quarantine?.(messages.length);
      quarantined.push(...messages.map(({ raw }) => raw));
    },
  };
  const times = { ...quickly, returnAfterMs: options.returnAfterMs ?? quickly.returnAfterMs };
  return {
    quarantined,
    outlet: sides.outlet,
    inlet: sides.inlet,
    claims: null,
    sink: { write: () => Promise.resolve() },
    outcomes: new OutcomeLedger(sides.outlet, times),
    verdicts: new Verdicts({ onReject: options.onReject ?? 'quarantine', name: 'q' }, queue as never),
    times,
    describe: null,
    queues: new DeclaredQueues(),
    channels: new Set(),
    connected: () => undefined,
    release: () => undefined,
  };
}

/** Records what is sent to the broker, as amqplib’s channel would send it. */
export class FakeChannel extends EventEmitter {
  readonly calls: string[] = [];
  readonly published: { routingKey: string; content: Buffer; options: Record<string, unknown> }[] = [];
  readonly confirms: ((error: unknown) => void)[] = [];
  room = true;

  publish(
    exchange: string,
    routingKey: string,
    content: Buffer,
    options: object,
    confirm?: ConfirmCallback,
  ): boolean {
    this.calls.push(`publish ${exchange}/${routingKey}`);
    this.published.push({ routingKey, content, options: options as Record<string, unknown> });
    if (confirm) this.confirms.push((error) => confirm(error, {}));
    return this.room;
  }

  ack(message: Message, allUpTo?: boolean): void {
    this.calls.push(`ack ${message.fields.deliveryTag}${allUpTo === true ? ' and before' : ''}`);
  }

  nack(message: Message, allUpTo?: boolean, requeue: boolean | undefined = true): void {
    const end = `${allUpTo === true ? ' and before' : ''}${requeue ? ' requeue' : ''}`;
    this.calls.push(`nack ${message.fields.deliveryTag}${end}`);
  }

  reject(message: Message, requeue = true): void {
    this.calls.push(`reject ${message.fields.deliveryTag}${requeue ? ' requeue' : ''}`);
  }

  closeWithError(_: undefined, __: string, code: number, error: Error): void {
    this.calls.push(`close ${code} ${error.message}`);
  }
}

export const absent: MessageProperties = {
  contentType: undefined,
  contentEncoding: undefined,
  headers: {},
  deliveryMode: undefined,
  priority: undefined,
  correlationId: undefined,
  replyTo: undefined,
  expiration: undefined,
  messageId: undefined,
  timestamp: undefined,
  type: undefined,
  userId: undefined,
  appId: undefined,
  clusterId: undefined,
};

/** A delivery as amqplib makes it. */
export function delivered(
  tag: number,
  content: Buffer,
  properties: Partial<MessageProperties> = {},
): ConsumeMessage {
  return {
    content,
    fields: { consumerTag: 'c', deliveryTag: tag, redelivered: false, exchange: '', routingKey: 'orders' },
    properties: { ...absent, ...properties },
  };
}

/** A delivery that opens to this text. */
export const honest = (tag: number, text = `${tag}`): ConsumeMessage =>
  delivered(
    tag,
    sealFake(
      {
        destination: { transport: 'rabbitmq', exchange: '', routingKey: 'orders' },
        payload: Buffer.from(text),
        key: null,
        headers: [],
        partition: null,
        description: {},
      },
      new Set(),
    ).value!,
  );

/** A guard that knows nothing of options, so that the adapter’s own refusals show. */
export const lenientGuard: ConnectionGuard = {
  sasl: { mechanism: 'PLAIN', username: 'alice', password: 'geheim' },
  tlsOptions: (host) => ({ host, minVersion: 'TLSv1.3' }),
  refuseWeaker: () => undefined,
  checkAddress: () => undefined,
  checkPeer: () => undefined,
  judge: () => ({
    protocol: 'TLSv1.3',
    cipher: 'c',
    peerName: 'p',
    peerFingerprint: 'f',
    peerIssuer: 'CN=ca',
    peerSerial: '0A',
  }),
};

/** Lets everything that is ready happen. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}
