// Whether a policy and a directory speak of the same realm and the same names.
import { UsageError, type Directory } from '@sealwire/core';
import { isPattern } from './agent-pattern.js';
import type { Policy, PolicyPath, PolicyTemplate } from './policy.js';
import { dotted, policyError } from './problems.js';

/**
 * Checks every name that the policy uses.
 * @throws UsageError ERR_USAGE_POLICY with all problems; ERR_USAGE_AGENT where the own agent is not in the directory
 */
export function checkAgainstDirectory(
  policy: PolicyTemplate | Policy,
  directory: Pick<Directory, 'realm' | 'has'>,
): void {
  const problems: string[] = [];
  const report = (path: PolicyPath, text: string): void => {
    problems.push(`${policy.at(path)}: ${dotted(path)} ${text}`);
  };
  if (!policy.realm.equals(directory.realm))
    report(
      ['realm'],
      `is not the directory's, which is ${directory.realm.toString('hex')}; correct one of them.`,
    );
  const known = (path: PolicyPath, one: string): void => {
    if (!directory.has(one))
      report(
        path,
        `names ${JSON.stringify(one)}, which the directory does not have; correct the name, or add it to the directory.`,
      );
  };
  for (const { name, messages, competing, plaintext } of policy.channels) {
    for (const one of plaintext?.from ?? [])
      if (!isPattern(one)) known(['channels', name, 'plaintext', 'from'], one);
    if (typeof competing === 'string') known(['channels', name, 'rabbitmq', 'competing'], competing);
    for (const [i, { from, to }] of messages.entries()) {
      const base = ['channels', name, 'messages', i];
      for (const [key, names] of [
        ['from', from],
        ['to', to],
      ] as const)
        for (const one of names) if (!isPattern(one)) known([...base, key], one);
    }
  }
  for (const one of policy.redrive.by) known(['quarantine', 'redrive_by'], one);
  for (const transport of ['kafka', 'rabbitmq'] as const)
    for (const agent of [...policy.acl[transport].agents.keys()])
      known(['acl', transport, 'agents', agent], agent);
  for (const one of policy.acl.kafka.directoryWriters) known(['acl', 'kafka', 'directory_writers'], one);
  if (problems.length > 0) throw policyError(policy.file, problems);
  if (policy.agent !== null && !directory.has(policy.agent))
    throw new UsageError(
      'ERR_USAGE_AGENT',
      `The agent ${JSON.stringify(policy.agent)} is not in the directory ${policy.directory.file}; correct the name, or add the agent.`,
    );
}
