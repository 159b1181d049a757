// Follows both audit trails while the test runs: refusals, and what became of keys.
import type { Channel } from 'amqplib';
import { auditEvent } from '../audit-event.ts';
import { bareKafka, bareRabbitmq, fresh } from '../fixture.ts';
import { names } from './topology.ts';

export interface Refusal {
  readonly writer: string;
  readonly sender: string;
  readonly code: string;
  readonly seenAtMs: number;
}

export class AuditWatch {
  readonly refusals: Refusal[] = [];
  /** Ids of all keys that came into use. */
  readonly rotated = new Set<string>();
  readonly keyEvents = new Map<string, number>();
  readonly problems = new Map<string, number>();
  #close: (() => Promise<void>) | null = null;

  async open(): Promise<void> {
    const take = (text: string): void => {
      const event = auditEvent<Record<string, string>>(text);
      const { kind = '', writer = '', sender_id: sender = '', code = '', timestamp = '' } = event;
      if (kind === 'message.rejected')
        this.refusals.push({ writer, sender, code, seenAtMs: Date.parse(timestamp) });
      if (kind.startsWith('key.') || kind === 'rotation.failed')
        this.keyEvents.set(kind, (this.keyEvents.get(kind) ?? 0) + 1);
      if (kind === 'key.rotated') this.rotated.add(event['key_id'] ?? '');
      if (kind === 'rotation.failed') {
        const { reason = '' } = event;
        this.problems.set(reason, (this.problems.get(reason) ?? 0) + 1);
      }
    };
    const consumer = bareKafka().consumer({ groupId: fresh('audit-watch'), maxWaitTimeInMs: 200 });
    await consumer.connect();
    await consumer.subscribe({ topics: [names.audit], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        take(message.value!.toString());
        return Promise.resolve();
      },
    });
    const connection = await bareRabbitmq();
    const channel: Channel = await connection.createChannel();
    await channel.consume(names.audit, (message) => message !== null && take(message.content.toString()), {
      noAck: true,
    });
    this.#close = async () => {
      await consumer.disconnect();
      await connection.close();
    };
  }

  async close(): Promise<void> {
    await this.#close?.();
  }
}
