// An insider writes what is no sealed message.
import { describe } from '@jest/globals';
import { foreignBytes } from './foreign-bytes.ts';
import { testAttacks, transports } from './test-arena.ts';

describe.each(transports)('a receiver on %s', (transport) => testAttacks(transport, foreignBytes));
