// What happens around the closing of a connection, of either API.
import type { Link } from './link.js';
import { within } from './within.js';

/** How long closing waits for outcomes that the audit trail does not take, in ms; the trail keeps trying afterwards. */
const drainMs = 5_000;

/** Sends the acknowledgements whose audit is safe, closes, and hands the outcomes of what was unconfirmed to the trail. */
export async function closeDrained(link: Link, close: () => Promise<unknown>): Promise<void> {
  await Promise.all([...link.channels].map((channel) => channel.beforeClose()));
  try {
    await close();
  } finally {
    await within(drainMs, link.outcomes.drain());
  }
}
