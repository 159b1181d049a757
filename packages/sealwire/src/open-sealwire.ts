// Opens a Sealwire: one agent under one policy, with its keys and its directory.
import { Pseudonyms } from '@sealwire/audit';
import { systemClock } from '@sealwire/core';
import type {
  AuditObserver,
  AuditTopicRules,
  Clock,
  ConnectionGuard,
  DirectorySourceParts,
  KeyStore,
  OpenDirectorySource,
  Sealwire,
  Signer,
  TokenProvider,
  Transport,
} from '@sealwire/core';
import { defaultSuiteId, suiteOf, type Primitives } from '@sealwire/crypto';
import {
  fileSource,
  gatherGroupKeys,
  keptLines,
  maxLineBytes,
  maxSourceBytes,
  openDirectory,
  openKeys,
  peekedLine,
  type FollowedDirectory,
  type ManagedKeyStore,
} from '@sealwire/identity';
import {
  checkAgainstDirectory,
  openConnectionGuard,
  policyForProcess,
  ProvidedToken,
  readPseudonymKey,
  type Policy,
} from '@sealwire/policy';
import { assemble } from './assemble.js';
import { AuditTrails, type AuditTrailsParts, type Trails } from './audit-trails.js';
import { followingGuard } from './following-guard.js';
import { compileSchemas, firstGeneration } from './generation.js';
import { KeyCare } from './key-care.js';
import { openClaims } from './open-claims.js';
import { readPolicyFiles } from './policy-files.js';
import { PolicyLife, type GuardOf } from './policy-life.js';
import { PolicyRevisions } from './policy-revision.js';
import { trustDemands, type PolicyTrust } from './policy-trust.js';
import { replayRules } from './replay-rules.js';
import { sessionTopicsOf } from './session-rules.js';

/** Opens a key store for the agent, with what it is to be checked against. */
export type OpenOwnKeyStore = (parts: {
  readonly agent: string;
  readonly directory: FollowedDirectory;
  readonly primitives: Primitives;
  readonly clock: Clock;
}) => KeyStore | Promise<KeyStore>;

export interface OpenOptions {
  /** The agent to be; otherwise SEALWIRE_AGENT, otherwise the policy's `agent`. */
  readonly agent?: string;
  readonly clock?: Clock;
  /** Where the directory is, in place of the policy’s `directory.file`: `kafkaDirectory({ brokers })`. */
  readonly directory?: OpenDirectorySource;
  /** A key store of your own (a KMS), in place of the policy’s `keys`. Closed with the Sealwire where it has a `close`. See @sealwire/identity’s README. */
  readonly keyStore?: OpenOwnKeyStore;
  /** Where tokens come from for a connection with `mechanism: OAUTHBEARER` whose policy names no `token_file`. */
  readonly token?: TokenProvider;
  /** Which implementation of the suites to use: `node` is fast, `noble` portable. */
  readonly provider?: 'node' | 'noble';
  /** Are shown every audit event as it happens: for metrics (@sealwire/metrics). */
  readonly observers?: readonly AuditObserver[];
  /** Whether policy and payload schemas are looked at every second, and taken over when they have changed; default `true`. */
  readonly watch?: boolean;
  /** Which policies are accepted, at the start and later; beside what the environment demands (README.md, “Signed policies”). */
  readonly policyTrust?: PolicyTrust;
}

/** A Sealwire that goes with its policy. */
export interface OpenedSealwire extends Sealwire {
  /**
   * Reads the policy anew, as `watch` does by itself. What is wrong with it leaves the one in force as it is.
   * @returns whether another one is in force now
   * @throws UsageError ERR_USAGE_… with every problem; ERR_USAGE_RELOAD where a running process cannot take it over
   */
  reload(): Promise<boolean>;
}

/**
 * Reads `sealwire.yaml`, the directory and the keys, and checks all of it before anything connects. A policy that changes
 * is taken over while it is open (README.md, “Reload”).
 * @param file path of the policy; relative paths in it are relative to it
 * @throws UsageError ERR_USAGE_…, which lists every problem with its place; KeyError ERR_KEY_…
 */
export function openSealwire(file: string, options: OpenOptions = {}): Promise<OpenedSealwire> {
  return openWithTrails(file, options, (parts) => AuditTrails.open(parts));
}

/** As `openSealwire`, with trails of another making: to measure what they cost. */
export async function openWithTrails(
  file: string,
  options: OpenOptions,
  openTrails: (parts: AuditTrailsParts) => Promise<Trails>,
): Promise<OpenedSealwire> {
  const { agent, clock = systemClock, provider = 'node', watch = true } = options;
  const demands = trustDemands(options.policyTrust);
  const { template, files, digest, signedBy } = readPolicyFiles(file, demands);
  const policy = policyForProcess(template, agent === undefined ? {} : { agent });
  const guardOf = guardsFor(policy.agent, clock, options.token ?? null);
  const suite = suiteOf(defaultSuiteId)!;
  const primitives = suite.primitives(provider);
  const { file: directoryFile, rootKeys, threshold, maxLagMs } = policy.directory;
  const source = { policy, files, digest, signedBy };
  const schemas = compileSchemas(source);
  const revisions = new PolicyRevisions(policy.stateFolder);
  const revised = { file, revision: policy.revision, digest };
  await revisions.check(revised);
  let lasts: PolicyLife | null = null;
  // It is asked before there is a life of the policy, and long afterwards.
  const directoryGuard: OpenGuard = (transport) => {
    const first = guardOf(policy, transport);
    return followingGuard(() => (lasts === null ? first : lasts.guard(transport)));
  };
  const directory = await openDirectory({
    source:
      options.directory?.(sourceParts(policy, directoryGuard)) ??
      fileSource({ file: directoryFile, lagMs: maxLagMs, clock }),
    rootKeys,
    threshold,
    realm: policy.realm,
    stateFolder: policy.stateFolder,
    primitives,
    clock,
  });
  const own = { agent: policy.agent, directory, primitives, clock };
  const gather = gatherGroupKeys(own);
  const { keyStore, keyCare } = await keysFor(
    policy,
    directory,
    async () => {
      const store = await (options.keyStore === undefined
        ? openKeys({ ...own, ...policy.keys, gather })
        : options.keyStore(own));
      return {
        keyStore: store,
        keyCare: isManaged(store) ? new KeyCare({ ...own, policy, keyStore: store }) : null,
      };
    },
    () => revisions.remember(revised),
  );
  const lasting = { ...own, suite: suite.id, keyStore };
  const life: PolicyLife = new PolicyLife({
    file,
    lasting,
    guardOf,
    first: firstGeneration(lasting, source, schemas),
    demands,
    revisions,
    obstacles: (next) => replay.obstacles(next),
  });
  lasts = life;
  const replay = replayRules(
    () => life.now,
    (topic) => life.places.channelOf('kafka', topic) !== null,
  );
  const claims = openClaims(() => life.now.policy, clock);
  if (watch) await life.watch();
  const trails = await openTrails({
    ...own,
    keyStore,
    settings: policy.audit,
    observers: options.observers ?? [],
    disguise: disguiseOf(policy),
  }).catch(async (error: unknown) => {
    await life.close();
    await keyCare?.close();
    await closeKeys(keyStore);
    await directory.close();
    throw error;
  });
  const sealwire = assemble(() => life.now.parts, {
    trails,
    claims: (transport) => (transport === 'rabbitmq' ? (claims?.guard ?? null) : null),
    connection: (transport) => life.guard(transport),
    quarantine: policy.quarantine,
    auditTarget: policy.auditTarget,
    auditTopic: auditTopicOf(policy.audit),
    noticeExchange: policy.audit.checkpoint.exchange,
    firstTrail(record) {
      life.recordTo(record);
      keyCare?.recordTo(record);
      claims?.recordTo(record);
    },
    beforeClose: async () => {
      await life.close();
      await keyCare?.close();
    },
    async forget() {
      await claims?.close();
      await closeKeys(keyStore);
      await directory.close();
    },
    sessionTopics: sessionTopicsOf(policy.channels),
    replay,
  });
  // Not by spreading: what it says can change.
  return Object.defineProperties(
    { reload: () => life.reload() },
    Object.getOwnPropertyDescriptors(sealwire),
  ) as OpenedSealwire;
}

function isManaged(keyStore: KeyStore | ManagedKeyStore): keyStore is ManagedKeyStore {
  return 'generateKey' in keyStore && 'generateGroupKey' in keyStore;
}

/** What was opened here is closed here. */
async function closeKeys(keyStore: KeyStore | ManagedKeyStore): Promise<void> {
  if ('close' in keyStore) await keyStore.close();
}

function auditTopicOf({ sinks, createTopic, checkpoint }: Policy['audit']): AuditTopicRules | null {
  const isKafkas = sinks.includes('own') || sinks.includes('kafka');
  return isKafkas ? { create: createTopic, notices: checkpoint.topic } : null;
}

/** @throws UsageError ERR_USAGE_FILE */
function disguiseOf({ audit }: Policy): Pseudonyms | null {
  return audit.pseudonymKeyFile === null ? null : new Pseudonyms(readPseudonymKey(audit.pseudonymKeyFile));
}

type OpenGuard = (transport: Transport) => ConnectionGuard;

/** A token is got once for all connections, whatever policy is in force. */
function guardsFor(agent: string, clock: Clock, provider: TokenProvider | null): GuardOf {
  const token = provider === null ? null : new ProvidedToken(provider, agent, clock);
  return (policy, transport) =>
    openConnectionGuard(policy, transport, agent, process, systemClock, token && (() => token.get()));
}

/** A source comes before the directory that it is for: all it gets is what the policy says. */
function sourceParts(policy: Policy, connection: OpenGuard): DirectorySourceParts {
  return {
    agent: policy.agent,
    connection,
    keptLines,
    peekedLine,
    maxLineBytes,
    maxSourceBytes,
  };
}

interface OwnKeys {
  readonly keyStore: KeyStore | ManagedKeyStore;
  /** `null` for a store that looks after its keys itself. */
  readonly keyCare: KeyCare | null;
}

/** An agent that cannot sign says so when it starts. @throws UsageError ERR_USAGE_…; KeyError ERR_KEY_… */
async function keysFor(
  policy: Policy,
  directory: FollowedDirectory,
  openStore: () => Promise<OwnKeys>,
  ready: () => Promise<void>,
): Promise<OwnKeys> {
  let own: OwnKeys | null = null;
  try {
    checkAgainstDirectory(policy, directory);
    own = await openStore();
    await own.keyCare?.start();
    requireSigner(own.keyStore);
    await ready();
    return own;
  } catch (error) {
    await own?.keyCare?.close();
    if (own !== null) await closeKeys(own.keyStore);
    await directory.close();
    throw error;
  }
}

/** @throws KeyError ERR_KEY_MISSING where there is no key to sign with */
const requireSigner = (keyStore: KeyStore): Signer => keyStore.signer;
