// What is concluded from a topic’s settings where the broker does not give them.
import { describe, expect, test } from '@jest/globals';
import { replayTopic } from '../src/replay-topic.js';
import type { ConfigAdmin } from '../src/topic-retention.js';

const failing = (error: Error): ConfigAdmin => ({ describeConfigs: () => Promise.reject(error) });
const failure = (facts: object) => Object.assign(new Error('it failed'), facts);

describe('a topic whose settings cannot be read', () => {
  test.each([{ type: 'TOPIC_AUTHORIZATION_FAILED' }, { name: 'KafkaJSServerDoesNotSupportApiKey' }])(
    'because of %j is told from one that has none',
    async (facts) => {
      expect(await replayTopic('t', failing(failure(facts)))).toBeNull();
    },
  );

  test('[R-15] for now is asked for again, and not taken for one that is not compacted', async () => {
    for (const facts of [{ name: 'KafkaJSConnectionError' }, { type: 'REQUEST_TIMED_OUT' }]) {
      const error = failure(facts);
      await expect(replayTopic('t', failing(error))).rejects.toBe(error);
    }
  });
});
