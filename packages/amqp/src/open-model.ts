// One connection of amqplib’s promise API, judged before anyone gets it.
import amqplib, { type ChannelModel } from 'amqplib';
import type { BrokerAccess } from './broker-access.js';
import type { Link } from './link.js';

/** @throws SealwireError, audited; then nothing is open */
export async function openModel(access: BrokerAccess, link: Link): Promise<ChannelModel> {
  let raw: ChannelModel | null = null;
  try {
    raw = await amqplib.connect(access.address, access.socket);
    access.admit(raw, link.sink);
    link.connected();
    return raw;
  } catch (error) {
    await raw?.close().catch(() => undefined);
    throw access.failure(error, link.sink);
  }
}
