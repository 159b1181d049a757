// Settings of the whole process that weaken TLS behind every connection's back.
import type { LookupFunction } from 'node:net';
import { UsageError } from '@sealwire/core';

/** What of a process counts; `process` itself is one. */
export interface Runtime {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execArgv: readonly string[];
  /** How host names are resolved; Node’s own `dns.lookup` where it is left out. */
  readonly lookup?: LookupFunction;
  emitWarning?(text: string, type: string): void;
}

const weakFlag = /^--tls[-_](min[-_]v1\.[01]|max[-_]v1\.2|keylog(=.*)?)$|^--trace[-_]tls$/;

/** @throws UsageError ERR_USAGE_RUNTIME with every such setting and what to do about it */
export function refuseWeakRuntime({ env, execArgv }: Runtime): void {
  const problems: string[] = [];
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    problems.push(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 turns certificate checks off: unset it, and name your CA in sealwire.yaml (connections.….tls.ca_file).',
    );
  const flags = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  for (const flag of new Set(flags.map((one) => one.replace(/^"|"$/g, ''))))
    if (weakFlag.test(flag))
      problems.push(
        `${flag.split('=')[0]!} ${effectOf(flag)}: remove it from the command line and from NODE_OPTIONS.`,
      );
  if (problems.length > 0)
    throw new UsageError(
      'ERR_USAGE_RUNTIME',
      `This process weakens TLS:\n${problems.map((one) => `- ${one}`).join('\n')}`,
    );
}

function effectOf(flag: string): string {
  if (flag.includes('keylog')) return 'writes the keys of every connection to a file';
  if (flag.includes('trace')) return 'prints what goes over every connection, passwords too';
  return 'allows old TLS or forbids TLS 1.3';
}
