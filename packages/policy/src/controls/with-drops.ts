// What a file states, with a full spool that drops events: what is stated beside it does not hold then.
import type { PolicyValues } from '../policy-schema.js';
import type { StatedControl } from './control.js';

/** Controls that say of every event that it is there. */
const ofEveryEvent: ReadonlySet<string> = new Set([
  'communication_audit.enabled',
  'communication_audit.logging.log_all_messages',
]);

export function withDrops(
  stated: readonly StatedControl[],
  { insecure_when_full_until: untilMs }: PolicyValues['audit'],
): StatedControl[] {
  if (untilMs === undefined) return [...stated];
  return [
    {
      key: 'audit.when_full',
      value: 'drop',
      standing: 'enforced',
      meaning: 'events that the full spool has no room for are lost, counted and told in the trail',
      weakUntilMs: untilMs,
    },
    ...stated.map((control) =>
      ofEveryEvent.has(control.key)
        ? { ...control, value: 'true, but not while the spool is full', weakUntilMs: untilMs }
        : control,
    ),
  ];
}
