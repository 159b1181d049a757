// The topic of notices, where the policy has one, with the clients that it needs.
import type { Sealwire } from '@sealwire/core';
import { LazyClient } from './lazy-client.js';
import { NoticeTopic } from './notice-topic.js';
import { ownReader, type OwnClients } from './own-reader.js';

/**
 * With clients of its own: a topic that is gone, or that this agent lost its rights to, spoils what kafkajs knows of others.
 * @param keep whether a client of the application’s is connected
 * @returns `null` where the policy has none
 */
export function openNoticeTopic(
  clients: OwnClients,
  auditTopic: Sealwire['auditTopic'],
  keep: () => boolean,
): NoticeTopic | null {
  const { notices: topic = null, create = null } = auditTopic ?? {};
  if (topic === null) return null;
  const admin = new LazyClient(clients.admin(), keep);
  return new NoticeTopic({
    topic,
    create,
    admin,
    producer: new LazyClient(clients.producer({ allowAutoTopicCreation: false }), keep),
    reader: (parts) => ownReader(clients, 'notices', admin, parts),
    isWanted: keep,
    logger: clients.logger(),
  });
}
