// What every `sealwire acl` command is told: which policy, which brokers, and who connects.
import type { Command } from 'commander';
import type { Directory } from '@sealwire/core';
import { checkAgainstDirectory, type PolicyTemplate } from '@sealwire/policy';
import { readPolicyFiles, trustDemands } from 'sealwire';
import type { OutputOptions } from './output.js';
import { readDirectory } from './read-directory.js';

export interface AclOptions extends OutputOptions {
  readonly policy: string;
  readonly directory?: string;
  readonly agent?: string;
  readonly kafka?: string;
  readonly management?: string;
  readonly managementUser?: string;
  readonly managementPasswordFile?: string;
}

export function withAcl(command: Command): Command {
  return command
    .option('--kafka <host:port,…>', 'the access control of these brokers')
    .option(
      '--management <url>',
      'the permissions of RabbitMQ, over its management API: https://host:15671, or http:// on this machine',
    )
    .option('--management-user <name>', 'its administrator (default: who connects)')
    .option(
      '--management-password-file <file>',
      'the administrator’s password, mode 600 (default: SEALWIRE_MANAGEMENT_PASSWORD)',
    )
    .option('--policy <file>', 'the policy', 'sealwire.yaml')
    .option('--directory <file>', 'the directory (default: the policy’s)')
    .option(
      '--agent <name>',
      'who connects: an administrator, by whose certificate and password of the policy’s connections (default: SEALWIRE_AGENT, or agent: in the policy)',
    )
    .option('--json', 'print one JSON object');
}

/** What rights are derived from. */
export interface AclSubject {
  readonly template: PolicyTemplate;
  readonly directory: Directory;
  readonly agents: readonly string[];
}

/** @throws UsageError ERR_USAGE_POLICY, ERR_USAGE_FILE; KeyError ERR_KEY_DIRECTORY; and as `readPolicyFiles` for who signed it */
export function aclSubject({
  policy,
  directory: given,
}: Pick<AclOptions, 'policy' | 'directory'>): AclSubject {
  // Brokers are told nothing of a policy that agents here would refuse.
  const { template } = readPolicyFiles(policy, trustDemands(undefined));
  const pin = given === undefined ? template.directory : { ...template.directory, file: given };
  const directory = readDirectory(pin, template.realm);
  checkAgainstDirectory({ ...template, agent: null }, directory);
  return { template, directory, agents: directory.agents };
}
