// The `rotation` key of sealwire.yaml: who looks after keys, how often, and how long what they opened stays readable.
import { z } from 'zod';
import * as field from './fields.js';
import { map, oneOf, value } from './fields.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A directory lists 64 keys of a name at most: the two in use, the next, some that were forced, and those kept. */
const maxIntervalsKept = 56;

/** Hours, with fractions: `24`, `0.5`, `0.001`. @returns milliseconds from one second to 90 days, or `null` */
export function intervalMs(text: string): number | null {
  if (!/^\d{1,4}(\.\d{1,6})?$/.test(text)) return null;
  const ms = Math.round(Number(text) * hourMs);
  return ms >= 1_000 && ms <= 90 * dayMs ? ms : null;
}

const destroyAfter = field.duration('0s', '3650d');

const byGroup = z.record(field.agentOrGroup, destroyAfter, {
  error: () => 'must be a map of groups to durations, such as { team: 90d }.',
});

export const rotationSchema = map({
  enabled: oneOf(['true', 'false']).default('true'),
  rotation_interval_hours: value(
    'a number of hours, from 0.0003 (a second) to 2160 (90 days); fractions are allowed',
    intervalMs,
  ).default(dayMs),
  destroy_after: destroyAfter.default(30 * dayMs),
  destroy_after_by_group: byGroup.default({}),
  signing_validity: field.duration('4s', '3650d').default(90 * dayMs),
  directory_validity: field.duration('10s', '3650d').default(7 * dayMs),
  issuer_key_file: field.path.optional(),
  issuer_passphrase_file: field.path.optional(),
  issuer_passphrase_env: field.environmentVariable.optional(),
}).superRefine((given, context) => {
  const fail = (key: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [key], message });
  };
  const passphrases = [given.issuer_passphrase_file, given.issuer_passphrase_env].filter(Boolean).length;
  if (given.issuer_key_file === undefined ? passphrases > 0 : passphrases !== 1)
    fail(
      'issuer_key_file',
      'needs either issuer_passphrase_file or issuer_passphrase_env, and they need it: without an issuer key nothing is rotated by this process.',
    );
  const longest = Math.max(given.destroy_after, ...Object.values(given.destroy_after_by_group));
  if (longest > maxIntervalsKept * given.rotation_interval_hours)
    fail(
      'destroy_after',
      `is more than ${maxIntervalsKept} rotation intervals, and a directory holds no more keys of a name; make rotation_interval_hours ${Math.ceil(longest / maxIntervalsKept / hourMs)} or more, or keep less.`,
    );
  for (const [group, ms] of Object.entries(given.destroy_after_by_group))
    if (ms < given.destroy_after)
      fail(
        'destroy_after_by_group',
        `gives ${group} less than destroy_after: the members' own keys, which its key is sealed to, would live longer. Lower destroy_after too.`,
      );
});

export type RotationValues = z.output<typeof rotationSchema>;
