// One exchange of notices for all connections of one Sealwire to one broker: what comes there is read once.
import { noticeQueues, type AuditSink, type Sealwire } from '@sealwire/core';
import type { BrokerAccess } from './broker-access.js';
import { NoticeExchange } from './notice-exchange.js';
import { OwnConnection } from './own-connection.js';

const known = new WeakMap<Sealwire, Map<string, NoticeExchange>>();

/** @param sink what its connection is audited through @returns `null` where the policy has none */
export function sharedNotices(
  sealwire: Sealwire,
  access: BrokerAccess,
  sink: () => AuditSink,
): NoticeExchange | null {
  const { agent, noticeExchange: exchange } = sealwire;
  if (exchange === null) return null;
  let boards = known.get(sealwire);
  if (boards === undefined) known.set(sealwire, (boards = new Map<string, NoticeExchange>()));
  const { hostname, port, vhost = '' } = access.address;
  const place = JSON.stringify([hostname, port, vhost]);
  let board = boards.get(place);
  if (board === undefined) {
    const own = new OwnConnection(() => access.openOwn(sink()));
    board = new NoticeExchange({ exchange, queues: noticeQueues(agent), own });
    boards.set(place, board);
  }
  return board;
}
