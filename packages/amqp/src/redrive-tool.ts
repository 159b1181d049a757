// What the operator’s tool does to a broker: writes carriers, notes and audit events.
import { InabilityError, type AuditSink, type HeaderField } from '@sealwire/core';
import type { ChannelModel } from 'amqplib';
import { AuditExchange } from './audit-exchange.js';
import { ConfirmedWriter } from './confirmed-writer.js';
import { declareAudit, declareQuarantine } from './declare-target.js';
import { OwnConnection } from './own-connection.js';
import { addToTable } from './wire-headers.js';

export interface RedriveTool {
  /**
   * Resolves when the message is in the queue and confirmed. @throws InabilityError ERR_UNABLE_CONNECTION
   * @param declared whether the queue is ours, to be made where it is missing
   */
  write(queue: string, content: Buffer, headers: readonly HeaderField[], declared: boolean): Promise<void>;
  auditSink(exchange: string): AuditSink;
}

export function redriveTool(model: ChannelModel): RedriveTool {
  const own = new OwnConnection(() => Promise.resolve(model));
  const carriers = new ConfirmedWriter(own, 'ERR_UNABLE_QUARANTINE', (open) => open());
  const ours = new Map<string, ConfirmedWriter>();
  const ourWriter = (queue: string): ConfirmedWriter => {
    let writer = ours.get(queue);
    if (writer === undefined) {
      writer = new ConfirmedWriter(own, 'ERR_UNABLE_QUARANTINE', (open) =>
        declareQuarantine(queue, '', open),
      );
      ours.set(queue, writer);
    }
    return writer;
  };
  return {
    async write(queue, content, fields, declared) {
      const headers: Record<string, unknown> = {};
      addToTable(headers, fields);
      const writer = declared ? ourWriter(queue) : carriers;
      const [written] = await writer.write([
        { exchange: '', routingKey: queue, content, options: { headers } },
      ]);
      if (written !== true)
        throw new InabilityError(
          'ERR_UNABLE_CONNECTION',
          `The queue ${queue} did not take the message: it is not there, or the broker did not confirm. Run the command again.`,
          { queue },
        );
    },
    auditSink: (exchange) =>
      new AuditExchange(
        exchange,
        new ConfirmedWriter(own, 'ERR_UNABLE_AUDIT', (open) => declareAudit(exchange, open)),
      ),
  };
}
