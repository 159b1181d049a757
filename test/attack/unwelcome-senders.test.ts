// Agents with real keys do what the policy does not allow.
import { describe } from '@jest/globals';
import { unwelcomeSenders } from './unwelcome-senders.ts';
import { testAttacks, transports } from './test-arena.ts';

describe.each(transports)('a receiver on %s', (transport) => testAttacks(transport, unwelcomeSenders));
