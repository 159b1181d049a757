// Whether the policy reads, speaks of names that there are, and what it asks for in the security team’s words.
import { openPayloads } from '@sealwire/schema';
import { checkAgainstDirectory, payloadsOf, type PolicyTemplate, type StatedControl } from '@sealwire/policy';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { found } from './found.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';
import { until } from './spans.js';

const say = rowsOf('policy', 'file');

export const checkPolicyFile: Check = { group: 'policy', name: 'file', run: policyRows };

function policyRows({ policy, signed, agents, directoryOf, options, nowMs }: DoctorContext): readonly Row[] {
  if ('error' in policy) return problemRows('file', options.policy, policy.error);
  const { value } = policy;
  const rows: Row[] = [
    say.ok(value.file, `sha256:${value.hash.toString('hex')}, ${value.channels.length} channels`),
    trustRow(value.file, signed),
    ...modeRows(value, nowMs),
  ];
  const payloads = found(() => openPayloads(payloadsOf(value)));
  if ('error' in payloads) rows.push(...problemRows('schemas', value.file, payloads.error));
  else rows.push(rowsOf('policy', 'schemas').ok(value.file, 'payload schemas compile'));
  const directory = directoryOf(agents[0] ?? value);
  if ('value' in directory) {
    const names = found(() => checkAgainstDirectory(value, directory.value.directory));
    if ('error' in names) rows.push(...problemRows('names', value.file, names.error));
    else rows.push(rowsOf('policy', 'names').ok(value.file, 'the directory has every name of the policy'));
  }
  if (agents.length === 0)
    rows.push(
      rowsOf('policy', 'agents').unknown(
        value.file,
        'no agent’s keys are here, and none is named',
        'Give --agent, or run this where an agent’s keys are.',
      ),
    );
  return rows;
}

/** What the process demands of the policy, outside of the policy. */
function trustRow(file: string, signed: DoctorContext['signed']): Row {
  const trust = rowsOf('policy', 'signatures');
  if ('error' in signed)
    return trust.fail(
      file,
      reasonOf(signed.error),
      'Fetch the policy that was signed; agents do not start with this one.',
    );
  const { digest, signedBy } = signed.value;
  const by =
    signedBy.length === 0
      ? 'no signature is demanded in this environment'
      : `signed by ${signedBy.join(', ')}`;
  return trust.ok(file, `digest ${digest.toString('hex')}, ${by}`);
}

/** Where plaintext is let pass, and until when. */
function modeRows({ channels }: PolicyTemplate, nowMs: number): readonly Row[] {
  const mode = rowsOf('policy', 'mode');
  return channels.flatMap(({ name, plaintext }) =>
    plaintext === null
      ? []
      : [
          mode.warn(
            name,
            `mode: ${plaintext.mode}, ${until(plaintext.untilMs - 1, nowMs)}: plaintext ${plaintext.untilMs > nowMs ? 'is let pass' : 'was let pass, and is refused now'}`,
            'Seal what still comes in clear, then write mode: enforce.',
          ),
        ],
  );
}

/** One row a problem: `file:line:column: text`. */
function problemRows(check: string, file: string, error: unknown): readonly Row[] {
  const rows = rowsOf('policy', check);
  const lines = (error as Error).message.split('\n');
  const problems = lines.length > 1 ? lines.slice(1) : lines;
  return problems.map((line) => {
    const placed = /^(.+:\d+:\d+): (.*)$/.exec(line);
    return rows.fail(placed?.[1] ?? file, placed?.[2] ?? line, 'Correct it there; see the policy’s README.');
  });
}

export const checkControls: Check = {
  group: 'controls',
  name: 'stated',
  run: ({ policy, nowMs }) =>
    'error' in policy
      ? [rowsOf('controls', 'stated').skipped('', 'the policy does not read')]
      : controlRows(policy.value.controls, nowMs),
};

export function controlRows(controls: readonly StatedControl[], nowMs: number): readonly Row[] {
  const stated = rowsOf('controls', 'stated');
  if (controls.length === 0) return [stated.skipped('', 'the policy states none of the controls')];
  return controls.map(({ key, value, standing, meaning, weakUntilMs }) => {
    const subject = `${key}: ${value}`;
    if (standing !== 'enforced')
      return stated.notEnforced(
        subject,
        `NOT ENFORCED by this version: ${meaning}`,
        'Do not count on it: see to it elsewhere until a version enforces it.',
      );
    if (weakUntilMs !== null)
      return stated.warn(
        subject,
        `INSECURE, acknowledged ${until(weakUntilMs - 1, nowMs)}: ${meaning}`,
        'Remove it and its acknowledgement before that day: the policy is refused afterwards.',
      );
    return stated.ok(
      subject,
      key.endsWith('.encryption_at_rest') ? `${meaning} (the rows “sealed”)` : meaning,
    );
  });
}
