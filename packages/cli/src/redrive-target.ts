// Where the operator’s commands write, on either transport.
import type { AuditSink, RedrivePlace, Sealed } from '@sealwire/core';
import type { RedriveTool as KafkaTool } from '@sealwire/kafka';
import { guardOf } from './broker-record.js';
import { kafkaId } from './find-entry.js';
import type { QuarantineOptions, QuarantinePlace } from './quarantine-options.js';
import type { QuarantineEntry } from './read-quarantine.js';
import type { writeNote } from './redrive-note.js';

export interface RedriveTarget {
  /** Where operators’ notes lie that are not among the records themselves; `null` on Kafka, where they are. */
  readonly notesIn: string | null;
  /** Writes a note for the other operators, durably. */
  note(entry: QuarantineEntry, note: Awaited<ReturnType<typeof writeNote>>): Promise<void>;
  /** Sends a carrier. Resolves when the broker has it safely. */
  send(place: RedrivePlace, sealed: Sealed): Promise<void>;
  readonly sink: AuditSink;
  /** `null` on RabbitMQ. */
  readonly kafka: KafkaTool | null;
}

/** Beside the quarantine queue. */
export const notesQueue = (quarantine: string): string => `${quarantine}.redriven`;

/** @throws InabilityError ERR_UNABLE_CONNECTION, and what `use` throws */
export async function withTarget<Result>(
  options: QuarantineOptions,
  { transport, broker, name, policy }: QuarantinePlace,
  use: (target: RedriveTarget) => Promise<Result>,
): Promise<Result> {
  const guard = guardOf(options, transport);
  const auditTarget = policy.auditTarget[transport];
  if (transport === 'kafka') {
    const { withRedriveTool } = await import('@sealwire/kafka');
    return withRedriveTool(guard, broker.split(','), (tool) =>
      use({
        notesIn: null,
        // Into the record’s own partition, so that whoever reads the one reads the other.
        note: ({ id }, { value, headers }) =>
          tool.write(name, kafkaId(id).partition, { key: null, value, headers }),
        async send(place, { key, value, headers }) {
          if (place.transport === 'kafka')
            await tool.write(place.topic, place.partition, { key, value, headers });
        },
        sink: tool.auditSink(auditTarget),
        kafka: tool,
      }),
    );
  }
  const { redriveTool, withToolConnection } = await import('@sealwire/amqp');
  return withToolConnection(guard, broker, (model) => {
    const tool = redriveTool(model);
    return use({
      notesIn: notesQueue(name),
      note: (_, { value, headers }) => tool.write(notesQueue(name), value, headers, true),
      async send(place, { value, headers }) {
        if (place.transport === 'rabbitmq') await tool.write(place.queue, value!, headers, false);
      },
      sink: tool.auditSink(auditTarget),
      kafka: null,
    });
  });
}
