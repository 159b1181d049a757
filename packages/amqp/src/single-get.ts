// `get`: one message at a time, opened like those of a consumer.
import { AsyncResource } from 'node:async_hooks';
import type { GetMessage, Options } from 'amqplib';
import type { Delivery } from './delivery.js';
import { pause } from './hold.js';
import type { Link } from './link.js';
import { claimOne } from './claim-one.js';
import { openDelivery, receivedFrom } from './open-delivery.js';
import type { Settlements } from './settlements.js';
import { Halt } from './verdicts.js';

/** What `get` needs of its channel. */
export interface GettingChannel {
  readonly link: Link;
  readonly settlements: Settlements;
  readonly closing: AbortSignal;
  giveBack(delivery: Delivery): void;
  received(raw: GetMessage, queue: string): void;
}

/**
 * The next message that can be verified, or false. What is rejected on the way is quarantined.
 * @param fetch asks the broker
 * @param queue by its name
 * @throws InabilityError where nothing can be judged: the message is back in its queue (with `noAck` it is tried until the
 * channel closes); SealwireError where the policy halts on the rejection
 */
export async function singleGet(
  channel: GettingChannel,
  fetch: () => Promise<GetMessage | false>,
  queue: string,
  options: Options.Get | undefined,
): Promise<GetMessage | false> {
  for (;;) {
    const raw = await fetch();
    if (raw === false) return false;
    channel.received(raw, queue);
    const message = await openOne(channel, raw, queue, options?.noAck === true);
    if (message !== null) return message;
  }
}

async function openOne(
  channel: GettingChannel,
  raw: GetMessage,
  queue: string,
  noAck: boolean,
): Promise<GetMessage | null> {
  const delivery: Delivery = {
    raw,
    tag: raw.fields.deliveryTag,
    noAck,
    context: new AsyncResource('SealwireDelivery'),
    state: 'held',
    outcome: null,
    claim: null,
  };
  if (!noAck) channel.settlements.expect(delivery);
  for (let attempt = 0; ; attempt++) {
    try {
      return await judgeOne(channel, delivery, raw, queue);
    } catch (error) {
      if (error instanceof Halt) throw error.error;
      // The broker has no copy of what it expects no acknowledgement for, so that cannot be given back.
      if (noAck && (await pause(attempt, channel.link.times, channel.closing))) continue;
      channel.giveBack(delivery);
      throw error;
    }
  }
}

async function judgeOne(
  { link, settlements, closing }: GettingChannel,
  delivery: Delivery,
  raw: GetMessage,
  queue: string,
): Promise<GetMessage | null> {
  const [outcome] = await link.inlet.open([receivedFrom(raw, queue)], null);
  const opened = openDelivery<GetMessage>(delivery, outcome!);
  const rejected = opened.rejected ?? (await claimOne(link.claims, delivery, closing));
  if (rejected !== null || opened.rejected !== null) {
    delivery.outcome = rejected;
    const { context } = delivery;
    await link.verdicts.carryOut([{ raw, rejected: rejected!, context }], link.inlet);
    settlements.settle(delivery);
    return null;
  }
  if (delivery.noAck) settlements.settle(delivery);
  else if (settlements.isCurrent(delivery)) delivery.state = 'delivered';
  else {
    // Its channel closed meanwhile, or gave it back: it comes again, and whoever gets it then is to have the claim.
    if (delivery.claim !== null) await link.claims!.release([delivery.claim]);
    return null;
  }
  return opened.message;
}
