// Seals as an agent that has rewritten its Sealwire: the outbound journey without its checks, and with lies in its place.
import { readFileSync } from 'node:fs';
import {
  describeOutgoing,
  outbound,
  systemClock,
  type Clock,
  type Directory,
  type KeyStore,
  type OutboundDraft,
  type Outgoing,
  type Route,
  type Sealed,
} from '@sealwire/core';
import { defaultSuiteId, suiteOf } from '@sealwire/crypto';
import { sealing } from '@sealwire/envelope';
import { linesOf, openKeys, verifyLines, type OpenDirectory } from '@sealwire/identity';
import { loadPolicy, openRoutes, type Policy } from '@sealwire/policy';

const primitives = suiteOf(defaultSuiteId)!.primitives('node');

/** Whose keys and policy it has, and what it makes of them. */
export interface Forger {
  readonly agent: string;
  readonly keys: KeyStore;
  /** A file that allows the agent to send. */
  readonly policy: string;
  /** The name that it gives itself. */
  readonly as?: string;
  readonly clock?: Clock;
  readonly route?: (real: Route) => Route;
  readonly directory?: (real: Directory) => Directory;
  readonly keyStore?: (real: KeyStore) => KeyStore;
}

/** The agent's own keys. */
export async function keysOf(agent: string, file: string): Promise<KeyStore> {
  const policy = loadPolicy(file, { agent });
  return openKeys({ agent, ...policy.keys, directory: directoryOf(policy), primitives });
}

function directoryOf({ directory, realm }: Policy): OpenDirectory {
  const { file, rootKeys, threshold } = directory;
  const options = { name: file, rootKeys, threshold, realm, primitives };
  return verifyLines(linesOf(readFileSync(file)), options).directory;
}

export function forge(forger: Forger, message: Outgoing): Sealed {
  const { agent, as = agent, clock = systemClock } = forger;
  const policy = loadPolicy(forger.policy, { agent });
  const directory = directoryOf(policy);
  const real = openRoutes(policy, directory, agent).outbound(message.destination, message.description);
  const route = forger.route?.(real) ?? real;
  const { begin, finish } = outbound({
    describe: (batch) => batch.map(describeOutgoing),
    authorise(batch) {
      for (const draft of batch as unknown as readonly OutboundDraft[]) draft.route = route;
      return batch as never;
    },
    validate: (batch) => batch as never,
    ...sealing({
      agent: as,
      suite: defaultSuiteId,
      clock,
      primitives,
      directory: forger.directory?.(directory) ?? directory,
      keyStore: forger.keyStore?.(forger.keys) ?? forger.keys,
      epochMs: policy.epochMs,
      maxMessageBytes: policy.maxMessageBytes,
    }),
    audit: (batch) => batch.map(({ sealed }) => sealed),
  });
  return finish(begin([message]))[0]!;
}
