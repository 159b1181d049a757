// Whether what kafkajs sends again still arrives fresh: a message is sealed once, and ages while it is tried.
import { UsageError } from '@sealwire/core';
import type { RetryOptions } from 'kafkajs';
import { definedOf } from './defined-of.js';

/** kafkajs’ own, as it has them in production. */
const defaults = { initialRetryTime: 300, maxRetryTime: 30_000, factor: 0.2, multiplier: 2, retries: 5 };
const defaultRequestTimeoutMs = 30_000;

/** How long after it was sealed kafkajs may still hand a message to a broker, at the longest. */
export function longestSendMs(retry: RetryOptions = {}, requestTimeoutMs = defaultRequestTimeoutMs): number {
  const { initialRetryTime, maxRetryTime, factor, multiplier, retries } = {
    ...defaults,
    ...definedOf(retry),
  };
  let totalMs = (retries + 1) * requestTimeoutMs;
  let pauseMs = initialRetryTime;
  for (let i = 0; i < retries && totalMs < Number.MAX_SAFE_INTEGER; i++) {
    totalMs += Math.min(pauseMs, maxRetryTime);
    if (pauseMs >= maxRetryTime) {
      // From here on every pause is the longest.
      totalMs += (retries - i - 1) * maxRetryTime;
      break;
    }
    pauseMs *= multiplier * (1 + factor);
  }
  return totalMs;
}

/** @throws UsageError ERR_USAGE_REPLAY */
export function checkRetries(
  maxAgeMs: number,
  retry: RetryOptions | undefined,
  requestTimeoutMs?: number,
): void {
  const longestMs = longestSendMs(retry, requestTimeoutMs);
  if (longestMs <= maxAgeMs) return;
  throw new UsageError(
    'ERR_USAGE_REPLAY',
    `This producer may go on trying for ${Math.ceil(longestMs / 1000)} s, and the policy’s shortest max_age of what it may send is ${Math.floor(maxAgeMs / 1000)} s: receivers would refuse what arrives late. Give it fewer retries (retry: { retries }), a shorter requestTimeout, or the channel a longer max_age.`,
    { longestMs, maxAgeMs },
  );
}
