// A broker that has just started, or has just made its first group, loads its groups for some seconds.

const longestMs = 30_000;
const pauseMs = 250;

/** kafkajs tries everything else again by itself, but gives up a group that cannot be joined yet. */
const passing = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** Does it again, for half a minute at most, where the group that it needs is being loaded. @throws what it throws last */
export async function whileGroupsLoad<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + longestMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error) || performance.now() >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

function isPassing(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause)
    if ('type' in each && typeof each.type === 'string' && passing.has(each.type)) return true;
  return false;
}
