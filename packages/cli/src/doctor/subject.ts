// What is looked at on this machine: the policy, the agents whose keys are here, their directories and connections.
import { readdirSync } from 'node:fs';
import type { ConnectionGuard, Transport } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { linesOf, verifyLines, type VerifiedLines } from '@sealwire/identity';
import {
  openConnectionGuard,
  policyFor,
  readPolicy,
  type Policy,
  type PolicyTemplate,
} from '@sealwire/policy';
import { readPolicyFiles, trustDemands, type PolicyFiles } from 'sealwire';
import { hasKeys } from '../agent-store.js';
import { readNamedFile } from '../named-file.js';
import type { DoctorOptions } from './doctor-options.js';
import { found, type Found } from './found.js';

export interface DoctorSubject {
  readonly options: DoctorOptions;
  readonly nowMs: number;
  readonly policy: Found<PolicyTemplate>;
  /** What names the policy with its files, and who of those that this process trusts has signed it. */
  readonly signed: Found<Pick<PolicyFiles, 'digest' | 'signedBy'>>;
  /** The policy for each agent that is looked at. Empty where there is no policy. */
  readonly agents: readonly Policy[];
  /** Also of what has expired. */
  readonly directoryOf: (policy: Policy | PolicyTemplate) => Found<VerifiedLines>;
  /**
   * Secrets and certificates are read at the first call for an agent. Of a policy that agents here do not accept there is
   * none: whoever wrote it would choose where credentials go.
   */
  readonly guardOf: (policy: Policy, transport: Transport) => Found<ConnectionGuard>;
}

export function openSubject(options: DoctorOptions, nowMs: number): DoctorSubject {
  const signed = found(() => readPolicyFiles(options.policy, trustDemands(undefined)));
  // What was judged is what is looked at, and not what lies there a moment later.
  const policy =
    'value' in signed ? { value: signed.value.template } : found(() => readPolicy(options.policy));
  const directories = new Map<string, Found<VerifiedLines>>();
  const directoryOf: DoctorSubject['directoryOf'] = (one) => {
    const { file } = one.directory;
    const known = directories.get(file) ?? found(() => directoryIn(one, nowMs));
    directories.set(file, known);
    return known;
  };
  const guards = new Map<string, Found<ConnectionGuard>>();
  return {
    options,
    nowMs,
    policy,
    signed,
    agents: 'value' in policy ? agentsOf(policy.value, options, directoryOf(policy.value)) : [],
    directoryOf,
    guardOf(one, transport) {
      if ('error' in signed) return signed;
      const name = `${transport} ${one.agent}`;
      const known = guards.get(name) ?? found(() => openConnectionGuard(one, transport, one.agent));
      guards.set(name, known);
      return known;
    },
  };
}

function directoryIn({ directory, realm }: Policy | PolicyTemplate, nowMs: number): VerifiedLines {
  const { file, rootKeys, threshold } = directory;
  return verifyLines(linesOf(readNamedFile(file, 'name the directory in the policy (directory.file)')), {
    name: file,
    rootKeys,
    threshold,
    realm,
    primitives,
    clock: { nowMs: () => nowMs },
    graceMs: Infinity,
  });
}

/** Those that are named; otherwise all whose keys are here; otherwise the one that environment or policy names. */
function agentsOf(
  template: PolicyTemplate,
  { agent: named }: DoctorOptions,
  directory: Found<VerifiedLines>,
): readonly Policy[] {
  if (named !== undefined && named.length > 0) return named.map((name) => policyFor(template, name));
  const listed = 'value' in directory ? directory.value.directory.agents : [];
  const names = [...new Set([...listed, ...keyFolders(template)])].sort();
  const here = names.flatMap((name) => {
    const policy = found(() => policyFor(template, name));
    return 'value' in policy && 'folder' in policy.value.keys && hasKeys(policy.value) ? [policy.value] : [];
  });
  if (here.length > 0) return here;
  const one = process.env['SEALWIRE_AGENT'] || template.agent;
  return one === null ? [] : [policyFor(template, one)];
}

/** Agents by their folders: the directory may not be readable. */
function keyFolders({ keys }: PolicyTemplate): readonly string[] {
  if (!('folder' in keys) || keys.folder.includes('{agent}')) return [];
  try {
    return readdirSync(keys.folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => decodeURIComponent(name));
  } catch {
    return [];
  }
}
