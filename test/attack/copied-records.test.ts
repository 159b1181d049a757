// An insider writes an honest record a second time, elsewhere.
import { describe } from '@jest/globals';
import { copiedRecords } from './copied-records.ts';
import { testAttacks, transports } from './test-arena.ts';

describe.each(transports)('a receiver on %s', (transport) => testAttacks(transport, copiedRecords));
