// A client for tools that look at records as they lie on the broker: nothing is opened, and no offset is committed.
import { randomUUID } from 'node:crypto';
import type { ConnectionGuard } from '@sealwire/core';
import kafkajs, { type Admin, type Consumer, type Kafka } from 'kafkajs';
import { guardedSockets, saslOptions } from './connection.js';
import { registerCodecs } from './codecs.js';
import { toolError } from './tool-error.js';

const connectionTimeoutMs = 5000;

/** How long a tool waits for a broker: kafkajs’ own defaults, unless it is in a hurry. */
export interface ToolPatience {
  readonly requestTimeoutMs: number;
  readonly retries: number;
}

/** For tools that tell what they find, and also that there was no answer. */
export const inAHurry: ToolPatience = { requestTimeoutMs: 8_000, retries: 1 };
const patient: ToolPatience = { requestTimeoutMs: 30_000, retries: 5 };

/** What a tool reads with. */
export interface ToolClient {
  readonly kafka: Kafka;
  /** Connected. */
  readonly admin: Admin;
  /** Makes a consumer of a group of its own, which is deleted in the end where that is allowed. */
  readonly consumer: () => Consumer;
}

/**
 * Runs `use` over a connection that the policy describes. kafkajs reads only within consumer groups, so the tool joins
 * ones of its own by the name of `sealwire-inspect-…`, commits nothing, and deletes them afterwards where it may.
 * @throws UsageError ERR_USAGE_TLS, ERR_USAGE_SASL, ERR_USAGE_ACL; InabilityError ERR_UNABLE_CONNECTION; what `use` throws
 */
export async function withToolClient<Result>(
  guard: ConnectionGuard,
  brokers: readonly string[],
  use: (client: ToolClient) => Promise<Result>,
  { requestTimeoutMs, retries }: ToolPatience = patient,
): Promise<Result> {
  registerCodecs();
  const sasl = saslOptions(guard);
  const kafka = new kafkajs.Kafka({
    clientId: 'sealwire-inspect',
    brokers: [...brokers],
    connectionTimeout: connectionTimeoutMs,
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: requestTimeoutMs,
    authenticationTimeout: Math.min(requestTimeoutMs, 10_000),
    retry: { retries, initialRetryTime: 100 },
    ssl: true,
    ...(sasl === undefined ? {} : { sasl }),
    socketFactory: guardedSockets(guard, { opened: () => undefined, refused: () => undefined }),
  });
  const groupIds: string[] = [];
  const admin = kafka.admin();
  const consumer = (): Consumer => {
    const groupId = `sealwire-inspect-${randomUUID()}`;
    groupIds.push(groupId);
    return kafka.consumer({
      groupId,
      readUncommitted: true,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 500,
      retry: { retries: 8, initialRetryTime: 100 },
    });
  };
  try {
    await admin.connect();
    return await use({ kafka, admin, consumer });
  } catch (error) {
    throw toolError(error);
  } finally {
    if (groupIds.length > 0) await admin.deleteGroups(groupIds).catch(() => undefined);
    await admin.disconnect().catch(() => undefined);
  }
}
