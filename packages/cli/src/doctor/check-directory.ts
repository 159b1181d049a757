// Whether the directory verifies and lasts, and lists the keys that the policy’s agents need.
import type { OpenDirectory, VerifiedLines } from '@sealwire/identity';
import type { Policy, PolicyTemplate } from '@sealwire/policy';
import type { Check } from './check.js';
import { reasonOf } from './run-checks.js';
import { rowsOf, type Row } from './row.js';
import { span, until } from './spans.js';

/** Of what is left of a validity, below which it is told. */
const soon = 1 / 4;

export const checkDirectory: Check = {
  group: 'directory',
  name: 'file',
  run(context) {
    const { policy, agents, directoryOf, nowMs } = context;
    if ('error' in policy) return [rowsOf('directory', 'file').skipped('', 'the policy does not read')];
    const owners = new Map([policy.value, ...agents].map((one) => [one.directory.file, one]));
    // Where each agent has a copy of its own, the path of the template is none.
    if (agents.length > 0 && policy.value.directory.file.includes('{agent}'))
      owners.delete(policy.value.directory.file);
    return [...owners.values()].flatMap((one) => {
      const read = directoryOf(one);
      if ('error' in read)
        return [
          rowsOf('directory', 'file').fail(
            one.directory.file,
            reasonOf(read.error),
            'Fetch the published directory; look at it with "sealwire directory verify".',
          ),
        ];
      return [
        ...documentRows(one.directory.file, read.value, nowMs),
        ...audienceRows(policy.value, read.value.directory, nowMs),
        ...agents
          .filter((agent) => agent.directory.file === one.directory.file)
          .flatMap((agent) => agentRows(agent, read.value.directory)),
      ];
    });
  },
};

function documentRows(file: string, { directory, problems }: VerifiedLines, nowMs: number): readonly Row[] {
  const { root, documents } = directory.set;
  const refused = problems.map((problem) =>
    rowsOf('directory', 'signatures').fail(
      file,
      reasonOf(problem),
      'Find out who wrote it; fetch the published directory.',
    ),
  );
  return [
    ...(refused.length === 0
      ? [rowsOf('directory', 'signatures').ok(file, 'every line is signed by the root, or by whom it names')]
      : refused),
    lifeRow(`root document ${root.document.serial}`, root.document, nowMs, 'sealwire directory root renew'),
    ...[...documents].map(([issuer, { header }]) =>
      lifeRow(`document ${header.serial} of issuer ${issuer}`, header, nowMs, 'sealwire keys rotate'),
    ),
  ];
}

function lifeRow(
  subject: string,
  { issuedAtMs, expiresAtMs }: { readonly issuedAtMs: number; readonly expiresAtMs: number },
  nowMs: number,
  command: string,
): Row {
  const say = rowsOf('directory', 'expiry');
  const seen = `${until(expiresAtMs, nowMs)}, issued ${span(Math.max(0, nowMs - issuedAtMs))} ago`;
  if (nowMs >= expiresAtMs)
    return say.fail(subject, `${seen}: receivers pause, senders stop`, `Issue it anew: ${command}`);
  return expiresAtMs - nowMs < (expiresAtMs - issuedAtMs) * soon
    ? say.warn(subject, seen, `Issue it anew in time: ${command}`)
    : say.ok(subject, seen);
}

function agentRows({ agent }: Policy, directory: OpenDirectory): readonly Row[] {
  const say = rowsOf('directory', 'agent');
  return directory.isAgent(agent)
    ? [say.ok(agent, 'is listed')]
    : [say.fail(agent, 'is not listed as an agent', 'Have it listed: sealwire directory agent add')];
}

/** Every agent and group that something is sent to needs a key that it can be sealed to now. */
function audienceRows(template: PolicyTemplate, directory: OpenDirectory, nowMs: number): readonly Row[] {
  const say = rowsOf('directory', 'audience');
  const names = new Set(template.channels.flatMap(({ messages }) => messages.flatMap(({ to }) => to)));
  return [...names].sort().flatMap((name): Row[] => {
    // Told with the policy’s names.
    if (!directory.has(name)) return [];
    const key = directory.sealingKey(name, nowMs);
    if (key === null)
      return [
        say.fail(
          name,
          'has no valid sealing key: nothing can be sent to it',
          `sealwire keys rotate --force ${name}`,
        ),
      ];
    const shares = new Set(
      directory
        .sealingKeys(name)
        .find(({ keyId }) => keyId.equals(key.keyId))
        ?.shares.map(({ member }) => member),
    );
    const without = shares.size === 0 ? [] : directory.members(name).filter((member) => !shares.has(member));
    return without.length === 0
      ? [say.ok(name, `can be sealed to, ${until(key.notAfterMs, nowMs)}`)]
      : [
          say.warn(
            name,
            `its key was not given to ${without.join(', ')}, who cannot read what is sealed to it`,
            `sealwire keys rotate ${name}`,
          ),
        ];
  });
}
