// Every move, in the order in which the demo makes them.
import type { Attack } from './attack.ts';
import { copiedRecords } from './copied-records.ts';
import { flippedBytes } from './flipped-bytes.ts';
import { foreignBytes } from './foreign-bytes.ts';
import { swappedParts } from './swapped-parts.ts';
import { unwelcomeSenders } from './unwelcome-senders.ts';
import type { Transport } from './wire-record.ts';

const all: readonly Attack[] = [
  ...flippedBytes,
  ...copiedRecords,
  ...swappedParts,
  ...foreignBytes,
  ...unwelcomeSenders,
];

/** The moves that exist on a transport. */
export function attacksOn(transport: Transport, attacks: readonly Attack[] = all): readonly Attack[] {
  return attacks.filter(({ only }) => only === undefined || only === transport);
}
