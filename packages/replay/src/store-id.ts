// Names one memory, so that an emptied one is not taken for it.
import { randomBytes } from 'node:crypto';

export const storeId = (): string => randomBytes(16).toString('hex');
