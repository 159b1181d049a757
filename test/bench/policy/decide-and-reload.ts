// Decides on routes, and reloads their policy, in a process of its own; answers one JSON line.
// node decide-and-reload.ts <folder> <root key, hex> <realm, hex> <reloads>
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { KeyStore } from '@sealwire/core';
import { loadPolicy, openRoutes } from '@sealwire/policy';
import { openSealwire, type OpenedSealwire } from 'sealwire';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { fileSource, openDirectory } from '@sealwire/identity';
import { agents, channels, manyRoutes, topicOf, typeOf, typesOfChannel } from './many-routes.ts';

const [folder, rootKeyHex, realmHex, reloads] = process.argv.slice(2) as [string, string, string, string];
const rootKey = Buffer.from(rootKeyHex, 'hex');
const realm = Buffer.from(realmHex, 'hex');
const directoryFile = join(folder, 'directory.jsonl');
const file = join(folder, 'sealwire.yaml');
const write = (edition: number): void =>
  writeFileSync(file, manyRoutes({ realm, rootKey, directoryFile, edition }));

/** Of this thread, in µs: what else the machine does counts for nothing. */
function processorUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function nsEach(times: number, call: (i: number) => unknown, warm = true): number {
  if (warm) for (let i = 0; i < times; i++) call(i);
  const start = processorUs();
  for (let i = 0; i < times; i++) call(i);
  return ((processorUs() - start) * 1000) / times;
}

/** The longest that this thread works without giving others a turn, in its own time. */
async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let longestUs = 0;
  let last = processorUs();
  let ended = false;
  const tick = (): void => {
    const now = processorUs();
    longestUs = Math.max(longestUs, now - last);
    last = now;
    if (!ended) setImmediate(tick);
  };
  setImmediate(tick);
  try {
    await work();
  } finally {
    ended = true;
  }
  return longestUs / 1000;
}

/** The longest time in which nothing else could run. */
async function longestPauseMs(work: () => Promise<unknown>): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  await setTimeout(20);
  delays.enable();
  await work();
  await setTimeout(20);
  delays.disable();
  // The timer itself fires every millisecond.
  return Math.max(0, delays.max / 1e6 - 1);
}

write(0);
const policy = loadPolicy(file, { agent: 'agent-0' });
const directory = await openDirectory({
  source: fileSource({ file: directoryFile }),
  rootKeys: [rootKey],
  threshold: 1,
  realm,
  stateFolder: join(folder, 'state-decide'),
  primitives,
});
const routes = openRoutes(policy, directory, 'agent-0');
const times = 200_000;
const described = Array.from({ length: typesOfChannel }, (_, t) => ({ type: typeOf(t) }));
const topics = Array.from(
  { length: channels },
  (_, c) => ({ transport: 'kafka', topic: topicOf(c) }) as const,
);
const sources = topics.map(
  ({ topic }) => ({ transport: 'kafka', topic, partition: 0, offset: '0' }) as const,
);
const targets = Array.from(
  { length: 50_000 },
  (_, i) =>
    ({ transport: 'rabbitmq', exchange: 'events', routingKey: `c${i % channels}.order.${i}` }) as const,
);
const names = Array.from({ length: agents }, (_, i) => `agent-${i}`);

const kafkaOutboundNs = nsEach(times, (i) =>
  routes.outbound(topics[i % channels]!, described[i % typesOfChannel]!),
);
const rabbitmqOutboundNs = nsEach(times, (i) =>
  routes.outbound(targets[i % targets.length]!, described[i % typesOfChannel]!),
);
/** As the journey does for a session: channel, route, and for each message whether the sender may. */
const decideInbound = (i: number, sender: number): boolean => {
  const channel = routes.channelOf(sources[i % channels]!)!;
  const route = routes.inbound(channel, described[i % typesOfChannel]!.type)!;
  return routes.senderAllowed(route, names[sender % agents]!);
};
// Each asks of another route and sender: nothing of it is kept.
const firstAskedNs = nsEach(50_000, (i) => decideInbound(i, i * 7 + Math.floor(i / channels)), false);
const inboundNs = nsEach(times, (i) => decideInbound(i, (i % channels) * 7));
await directory.close();

const keyStore: KeyStore = {
  synchronous: true,
  signer: { keyId: Buffer.alloc(16), sign: () => Buffer.alloc(64) },
  signerOf: () => null,
  holds: () => false,
  unwrap: () => Buffer.alloc(32),
};
const sealwire: OpenedSealwire = await openSealwire(file, {
  agent: 'agent-0',
  watch: false,
  keyStore: () => keyStore,
});
const pauses: number[] = [];
const idle: number[] = [];
const turns: number[] = [];
const took: number[] = [];
const reload = async (): Promise<void> => {
  const start = performance.now();
  if (!(await sealwire.reload())) throw new Error('the policy was not taken over');
  took.push(performance.now() - start);
};
for (let edition = 1; edition <= Number(reloads); edition++) {
  write(2 * edition - 1);
  pauses.push(await longestPauseMs(reload));
  write(2 * edition);
  turns.push(await longestTurnMs(reload));
  idle.push(await longestPauseMs(() => setTimeout(took.at(-1))));
}
await sealwire.close();
process.stdout.write(
  JSON.stringify({ kafkaOutboundNs, rabbitmqOutboundNs, inboundNs, firstAskedNs, pauses, turns, idle, took }),
);
