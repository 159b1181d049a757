// An insider recombines honest records.
import { describe } from '@jest/globals';
import { swappedParts } from './swapped-parts.ts';
import { testAttacks, transports } from './test-arena.ts';

describe.each(transports)('a receiver on %s', (transport) => testAttacks(transport, swappedParts));
