// Sends until every partition has answered: kafkajs resolves a send whose records it left out.
import type { Logger, ProducerBatch, RecordMetadata, TopicMessages } from 'kafkajs';

/** What kafkajs’ producers and transactions have in common here. */
export interface BatchSender {
  sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]>;
}

/** A partition that is left out again and again is no accident of one failover. */
const mostRepeats = 5;

/**
 * Sends a batch whose records all name their partition. On a retry kafkajs skips brokers that answered an earlier
 * attempt; when leadership has moved to such a broker in between, the moved partition’s records are never sent and the
 * send succeeds. The answer shows it: what has no answer is sent again, the same bytes.
 * With `acks: 0` there are no answers, and no such promise.
 * @returns kafkajs’ own answer; rejections are kafkajs’ own objects
 */
export async function sendComplete(
  sender: BatchSender,
  batch: ProducerBatch & { topicMessages: TopicMessages[] },
  logger: Logger,
): Promise<RecordMetadata[]> {
  let answers = await sender.sendBatch(batch);
  if (batch.acks === 0) return answers;
  for (let repeat = 1; ; repeat++) {
    const missing = unanswered(batch.topicMessages, answers);
    if (missing.length === 0) return answers;
    const topics = missing.map(({ topic }) => topic);
    if (repeat > mostRepeats) {
      throw new Error(`No broker answered for some partitions of: ${topics.join(', ')}. Send again later.`);
    }
    logger.warn('kafkajs left records out of a retried send; sending them now', { topics });
    answers = answers.concat(await sender.sendBatch({ ...batch, topicMessages: missing }));
  }
}

function unanswered(sent: readonly TopicMessages[], answers: readonly RecordMetadata[]): TopicMessages[] {
  const missing: TopicMessages[] = [];
  for (const { topic, messages } of sent) {
    const answered = new Set<number | undefined>();
    for (const answer of answers) if (answer.topicName === topic) answered.add(answer.partition);
    // Not by counts: after a retry two brokers may have answered for one partition and none for another.
    if (messages.every(({ partition }) => answered.has(partition))) continue;
    missing.push({ topic, messages: messages.filter(({ partition }) => !answered.has(partition)) });
  }
  return missing;
}
