// A tool that lacks a right says so. The errors are kafkajs’ own classes, nested as it nests them.
import { describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { toolError } from '../src/tool-error.js';

type Make = new (message: unknown, options?: object) => Error;
const { KafkaJSConnectionError, KafkaJSGroupCoordinatorNotFound, KafkaJSNumberOfRetriesExceeded } =
  kafkajs as unknown as Record<string, Make>;

describe('a tool that the broker does not allow what it needs', () => {
  test('is told which rights to give, where its group is refused', () => {
    const error = new KafkaJSGroupCoordinatorNotFound!('Failed to find group coordinator');
    expect(toolError(error)).toMatchObject({
      code: 'ERR_USAGE_ACL',
      message: expect.stringContaining('sealwire-inspect-') as unknown,
      cause: error,
    });
  });

  test('is told so where its topic is refused, however often that was tried', () => {
    const denied = Object.assign(new Error('x'), { type: 'TOPIC_AUTHORIZATION_FAILED' });
    const error = new KafkaJSNumberOfRetriesExceeded!(denied, { retryCount: 1, retryTime: 1, cause: denied });
    expect(toolError(error)).toMatchObject({ code: 'ERR_USAGE_ACL' });
  });

  test('is told of the network where that is it, and gets any other error as it is', () => {
    const away = new KafkaJSConnectionError!('Connection error: x', {
      broker: 'k:9093',
      code: 'ECONNREFUSED',
    });
    expect(toolError(away)).toMatchObject({ code: 'ERR_UNABLE_CONNECTION' });
    const other = new Error('x');
    expect(toolError(other)).toBe(other);
  });
});
