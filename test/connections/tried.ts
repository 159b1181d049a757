// Tries to connect every kind of client of both packages to one address, under one policy, and tells what came of it.
import './one-realm.ts';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secureConnect, secureConnectCallback } from '@sealwire/amqp';
import type { AuditEvent, Transport } from '@sealwire/core';
import { secureKafka, type SecureKafka } from '@sealwire/kafka';
import { loadPolicy, openConnectionGuard } from '@sealwire/policy';
import kafkajs from 'kafkajs';
import type { Sealwire } from 'sealwire';
import { writePolicy } from '../fixture.ts';
import type { Credential } from './authority.ts';

/** What clients are to prove, and by what they judge. */
export interface Terms {
  /** PEM. */
  readonly ca: string;
  readonly client: Credential;
  /** More of the policy’s `tls`. */
  readonly tls?: string;
  /** More of the policy’s connection. */
  readonly connection?: string;
  /** More of the policy. */
  readonly policy?: string;
  readonly lookup?: LookupFunction;
  readonly env?: Record<string, string>;
  readonly execArgv?: string[];
}

export const password = 'the-password-of-the-matrix';

export interface Outcome {
  readonly client: string;
  readonly error: { readonly code?: unknown; readonly message: string } | null;
  /** Codes of the audited refusals. */
  readonly audited: readonly unknown[];
}

export interface Trial {
  readonly of?: Transport;
  /** How long a broker may be silent. */
  readonly patienceMs?: number;
}

/** @param sealwire whose connections are replaced by those of the terms */
export function tryAll(
  sealwire: Sealwire,
  terms: Terms,
  broker: string,
  { of, patienceMs = 10_000 }: Trial = {},
): Promise<Outcome[]> {
  const tried = clients.filter(({ transport }) => of === undefined || of === transport);
  return Promise.all(
    tried.map(async ({ name, connect }) => {
      const events: AuditEvent[] = [];
      const error = await connect(under(sealwire, terms, events), broker, patienceMs).then(
        () => null,
        (thrown: unknown) => thrown as Error,
      );
      const audited = events.filter(({ kind }) => kind === 'connection.refused').map(({ code }) => code);
      return { client: name, error, audited };
    }),
  );
}

type Connect = (sealwire: Sealwire, broker: string, patienceMs: number) => Promise<void>;

const kafkaClient =
  (make: (kafka: SecureKafka) => { connect(): Promise<void>; disconnect(): Promise<void> }): Connect =>
  async (sealwire, broker, patienceMs) => {
    const kafka = secureKafka(sealwire, {
      brokers: [broker],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 0 },
      connectionTimeout: patienceMs,
      requestTimeout: patienceMs,
    });
    const client = make(kafka);
    try {
      await client.connect();
    } finally {
      await client.disconnect();
    }
  };

const clients: readonly {
  readonly name: string;
  readonly transport: Transport;
  readonly connect: Connect;
}[] = [
  { name: 'a producer', transport: 'kafka', connect: kafkaClient((kafka) => kafka.producer()) },
  {
    name: 'a consumer',
    transport: 'kafka',
    connect: kafkaClient((kafka) => kafka.consumer({ groupId: 'g' })),
  },
  { name: 'an admin', transport: 'kafka', connect: kafkaClient((kafka) => kafka.admin()) },
  {
    name: 'secureConnect',
    transport: 'rabbitmq',
    async connect(sealwire, broker, timeout) {
      await (await secureConnect(sealwire, `amqps://${broker}`, { timeout })).close();
    },
  },
  {
    name: 'secureConnect with recovery',
    transport: 'rabbitmq',
    async connect(sealwire, broker, timeout) {
      const recovery = { initialMaxRetries: 0 };
      await (await secureConnect(sealwire, `amqps://${broker}`, { timeout, recovery })).close();
    },
  },
  {
    name: 'secureConnectCallback',
    transport: 'rabbitmq',
    connect: (sealwire, broker, timeout) =>
      new Promise((resolve, reject) => {
        secureConnectCallback(sealwire, `amqps://${broker}`, { timeout }, (error, connection) => {
          if (error === null) connection.close(() => resolve());
          else reject(error);
        });
      }),
  },
];

/** The Sealwire with connections of these terms; what it would audit of them goes into `events`. */
export function under(sealwire: Sealwire, terms: Terms, events: AuditEvent[] = []): Sealwire {
  const { lookup, env = {}, execArgv = [] } = terms;
  const policy = loadPolicy(policyOf(terms), { agent: sealwire.agent });
  const runtime = { env, execArgv, ...(lookup === undefined ? {} : { lookup }) };
  return {
    ...sealwire,
    connection: (transport: Transport) => openConnectionGuard(policy, transport, sealwire.agent, runtime),
    report: async (_transport, _sink, event) => void events.push(event),
  };
}

function policyOf({ ca, client, tls = '', connection = '', policy = '' }: Terms): string {
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-terms-'));
  const at = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const kafkaConnection = `{ tls: { ca_file: ${at('ca.crt', ca)}, cert_file: ${at('client.crt', client.chain)}, key_file: ${at('client.key', client.key)}${tls} }, sasl: { mechanism: PLAIN, username: matrix, password_file: ${at('password', password)} }${connection} }`;
  return writePolicy({
    channels: { orders: { topics: ['orders'] } },
    kafkaConnection,
    rabbitmqConnection: kafkaConnection,
    more: policy,
  });
}
