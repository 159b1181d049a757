// kafkajs’ admin client: its connections are audited like any other, and say why there is none.
import type { Admin } from 'kafkajs';
import { connectError } from './connect-error.js';
import type { LiveClients } from './live-clients.js';

export function secureAdmin(inner: Admin, clients: LiveClients): Admin {
  inner.on(inner.events.DISCONNECT, () => clients.remove(inner));
  return {
    ...inner,
    connect: async () => {
      clients.add(inner);
      try {
        await inner.connect();
      } catch (error) {
        clients.remove(inner);
        throw connectError(error);
      }
    },
    disconnect: async () => {
      await inner.disconnect();
      await clients.left();
    },
  };
}
