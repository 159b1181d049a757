// Which topics a subscription means, so that each can be checked before it is read.
import type { Consumer } from 'kafkajs';

/**
 * Resolves regular expressions to the topics that exist now, which is what kafkajs does.
 * @returns `null` where the subscription is malformed: kafkajs refuses it with its own error
 */
export async function subscribedTopics(
  subscription: Parameters<Consumer['subscribe']>[0],
  listTopics: () => Promise<string[]>,
): Promise<string[] | null> {
  const given: unknown = 'topics' in subscription ? subscription.topics : [subscription.topic];
  if (!Array.isArray(given)) return null;
  const patterns: unknown[] = given;
  if (!patterns.every((each) => (typeof each === 'string' && each !== '') || each instanceof RegExp))
    return null;
  const existing = patterns.some((each) => each instanceof RegExp) ? await listTopics() : [];
  return patterns.flatMap((each) =>
    each instanceof RegExp ? existing.filter((topic) => each.test(topic)) : [each as string],
  );
}
