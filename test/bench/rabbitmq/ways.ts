// The connections that are compared: an ordinary one, and sealed ones with and without their audit exchange.
import { secureConnect } from '@sealwire/amqp';
import type { Sealwire } from '@sealwire/core';
import type { ChannelModel } from 'amqplib';
import { bareRabbitmq, fixture, fresh } from '../../fixture.ts';
import { say } from '../progress.ts';
import { openEnds } from '../stand.ts';
import { unaudited } from '../unaudited.ts';

/** One way to carry messages, with a queue of its own. */
export interface Way {
  readonly name: string;
  readonly queue: string;
  readonly sender: ChannelModel;
  readonly receiver: ChannelModel;
}

export interface Ways {
  readonly bare: Way;
  /** To be given random values of sealed size. */
  readonly sameBytes: Way;
  /** Audit events are made and lead nowhere. */
  readonly plain: Way;
  /** As users get it: each message is audited on the audit exchange at both ends. */
  readonly audited: Way;
  /** The sending end, to find out how large sealed messages are. */
  readonly sizing: Sealwire;
  close(): Promise<void>;
}

export async function openWays(): Promise<Ways> {
  const queues = ['bare', 'same', 'plain', 'audited'].map(fresh) as [string, string, string, string];
  const audit = fresh('audit');
  const admin = await bareRabbitmq();
  const channel = await admin.createChannel();
  for (const queue of queues) await channel.assertQueue(queue, { durable: true });
  await channel.assertExchange(audit, 'topic', { durable: true });
  await channel.assertQueue(audit, { durable: true });
  await channel.bindQueue(audit, audit, '#');
  await admin.close();

  const [bare, same, plain, audited] = queues;
  const publish = [plain, audited].map((routingKey) => ({ exchange: '', routingKey }));
  // Random bytes are no JSON, which is checked where a channel says that it carries it.
  const contentType = 'application/octet-stream';
  const channels = { bench: { queues: [plain, audited], publish, contentType } };
  const ends = await openEnds({ channels, audit });
  const opened: ChannelModel[] = [];
  const open = async (opening: Promise<ChannelModel>): Promise<ChannelModel> => {
    const model = await opening;
    // What is lost with it is found by whoever waits for it.
    model.on('error', (error: Error) => say(`a connection was lost: ${error.message}`));
    opened.push(model);
    return model;
  };
  const ordinary = (): Promise<ChannelModel> => open(bareRabbitmq());
  const sealed = (sealwire: Sealwire): Promise<ChannelModel> =>
    open(secureConnect(sealwire, fixture().rabbitmqUrl));
  return {
    bare: { name: 'bare', queue: bare, sender: await ordinary(), receiver: await ordinary() },
    sameBytes: { name: 'sameBytes', queue: same, sender: await ordinary(), receiver: await ordinary() },
    plain: {
      name: 'sealed',
      queue: plain,
      sender: await sealed(unaudited(ends.sender)),
      receiver: await sealed(unaudited(ends.receiver)),
    },
    audited: {
      name: 'audited',
      queue: audited,
      sender: await sealed(ends.sender),
      receiver: await sealed(ends.receiver),
    },
    sizing: ends.sender,
    async close() {
      for (const model of opened) await model.close();
      await ends.close();
    },
  };
}
