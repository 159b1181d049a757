// The consumer groups that reading commands make for themselves, and delete again.
import { withAdmin } from '../fixture.js';

const toolGroups = (): Promise<string[]> =>
  withAdmin(async (admin) => {
    const { groups } = await admin.listGroups();
    return groups.map(({ groupId }) => groupId).filter((id) => id.startsWith('sealwire-inspect-'));
  });

/** Resolves when all that there are now are gone: those of other tests, which run beside this one, go too. */
export async function toolGroupsGone(): Promise<void> {
  for (let left = await toolGroups(); left.length > 0;) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const now = new Set(await toolGroups());
    left = left.filter((id) => now.has(id));
  }
}
