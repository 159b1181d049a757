// Waits out what is no verdict: tries again until it can be done, or until nobody wants it any more.
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'kafkajs';

/** What the wait must keep an eye on. */
export interface Waiting {
  /** Whether to go on trying. */
  wanted(): boolean;
  /** Keeps the group membership; its rejections are passed on unchanged. */
  heartbeat(): Promise<void>;
  readonly logger: Logger;
  readonly facts: Readonly<Record<string, string | number>>;
}

const firstPauseMs = 200;
const longestPauseMs = 5000;
/** How soon a stop is noticed. */
const stepMs = 200;

/**
 * Runs `attempt` until it succeeds. Every failure counts as inability, not only InabilityError: anything thrown into
 * kafkajs would stop or restart the consumer, and anything else would reject or skip records without a verdict.
 * @returns whether it succeeded; `false` when it is not wanted any more
 */
export async function untilAble(attempt: () => Promise<void>, waiting: Waiting): Promise<boolean> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await attempt();
      return true;
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: unknown };
      waiting.logger.error('Waiting: nothing is rejected, skipped or committed meanwhile', {
        ...waiting.facts,
        code: String(code),
        reason: String(message),
        retryInMs: pauseMs,
      });
    }
    for (let leftMs = pauseMs; leftMs > 0; leftMs -= stepMs) {
      if (!waiting.wanted()) return false;
      await wait(Math.min(stepMs, leftMs));
      await waiting.heartbeat();
    }
    if (!waiting.wanted()) return false;
  }
}
