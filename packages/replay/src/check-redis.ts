// Whether a Redis can be relied on not to forget.
import { InabilityError } from '@sealwire/core';
import type { RedisCommands } from './redis-commands.js';

/**
 * By INFO, which every client may ask.
 * @returns warnings for an operator
 * @throws InabilityError ERR_UNABLE_REPLAY for settings under which it would forget; asked again after they are changed
 */
export async function checkRedis(redis: RedisCommands): Promise<readonly string[]> {
  const info = await redis.info();
  const value = (name: string): string | null =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
  const policy = value('maxmemory_policy');
  if (policy !== 'noeviction')
    throw wrong(
      `evicts keys when its memory is full (maxmemory-policy ${policy ?? 'unknown'}), so that replays would be accepted; set maxmemory-policy noeviction`,
    );
  if (value('role') !== 'master') throw wrong('is a replica, which may be behind; name its master');
  if (Number(value('redis_version')?.split('.')[0]) < 5) throw wrong('is too old; use version 5 or later');
  if (value('aof_enabled') !== '1')
    return [
      'Redis keeps no log on disk (appendonly no): when it restarts, every consumer of this store stops until the loss is accepted. Set appendonly yes.',
    ];
  const sync = await appendSync(redis);
  return sync === 'always'
    ? []
    : [
        `Redis syncs its log later (appendfsync ${sync}): it survives its own crash, but a power cut can lose what was done in the last seconds. Set appendfsync always.`,
      ];
}

/** Many servers let no client ask. */
async function appendSync(redis: RedisCommands): Promise<string> {
  try {
    const answer = (await redis.config('GET', 'appendfsync')) as readonly string[];
    return answer[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function wrong(why: string): InabilityError {
  return new InabilityError('ERR_UNABLE_REPLAY', `The Redis of replay.store ${why}.`);
}
