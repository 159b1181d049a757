// An insider changes what lies on the broker.
import { describe } from '@jest/globals';
import { flippedBytes } from './flipped-bytes.ts';
import { testAttacks, transports } from './test-arena.ts';

describe.each(transports)('a receiver on %s', (transport) => testAttacks(transport, flippedBytes));
