// A key store that cannot sign at once is refused before anything connects.
import { expect, test } from '@jest/globals';
import type { Sealwire } from '@sealwire/core';
import { secureConnect, secureConnectCallback } from '../src/index.js';

const sealwire = {
  agent: 'alice',
  synchronous: false,
  connection: () => {
    throw new Error('nothing may be asked of the connection');
  },
} as unknown as Sealwire;

test.each([
  ['promises', () => secureConnect(sealwire, 'amqps://broker.example')],
  [
    'callbacks',
    async () => {
      await new Promise((resolve, reject) => {
        secureConnectCallback(sealwire, 'amqps://broker.example', (error, model) => {
          if (error instanceof Error) reject(error);
          else resolve(model);
        });
      });
    },
  ],
])('by the API of %s', async (_, connect) => {
  await expect(connect()).rejects.toMatchObject({
    name: 'UsageError',
    code: 'ERR_USAGE_KEY_STORE',
  });
});
