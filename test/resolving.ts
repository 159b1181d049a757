// A Sealwire whose connections resolve names as a test says, in place of the machine’s resolver.
import type { LookupFunction } from 'node:net';
import { loadPolicy, openConnectionGuard } from '@sealwire/policy';
import type { Sealwire } from 'sealwire';

/** @param answer the addresses of a name, asked anew for each connection */
export function resolving(
  sealwire: Sealwire,
  policy: string,
  answer: (name: string) => readonly string[],
): Sealwire {
  const lookup: LookupFunction = (name, { all }, callback) => {
    const found = answer(name).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    process.nextTick(() => {
      if (all === true) callback(null, found);
      else callback(null, found[0]!.address, found[0]!.family);
    });
  };
  const loaded = loadPolicy(policy, { agent: sealwire.agent });
  return {
    ...sealwire,
    connection: (transport) =>
      openConnectionGuard(loaded, transport, sealwire.agent, { env: {}, execArgv: [], lookup }),
  };
}
