// The four blocks as a part of sealwire.yaml’s schema, made of the table of controls.
import { z } from 'zod';
import { list, map, oneOf, value } from '../fields.js';
import { intervalMs } from '../rotation-schema.js';
import { acknowledgementOf, controls } from './all-controls.js';
import type { Control } from './control.js';

/** A day by its date. @returns its end in UTC, in ms since 1970, or `null` */
export function endOfDay(text: string): number | null {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  // Date.parse takes the 31st of any month.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : ms + 86_400_000;
}

const date = value('a date such as 2027-01-31, to the end of which it is accepted (UTC)', (text) =>
  endOfDay(text) === null ? null : text,
);

function fieldOf({ takes, why }: Control): z.ZodType {
  if ('one' in takes)
    return why === ''
      ? oneOf(takes.one)
      : value(
          `${takes.one.join(' or ')}: ${why}`,
          (text) => (takes.one.includes(text) ? text : null),
          takes.one,
        );
  if ('some' in takes) return list(oneOf(takes.some), takes.some.join(', '), takes.some.length);
  if ('hours' in takes)
    return value('a number of hours, from 0.0003 (a second) to 2160 (90 days)', (text) =>
      intervalMs(text) === null ? null : text,
    );
  const { from, to } = takes;
  return value(`a whole number from ${from} to ${to}`, (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= from && Number(text) <= to ? text : null,
  );
}

/** For editors: what it means, and not only what it takes. */
function described(control: Control): z.ZodType {
  const { standing, meaning } = control;
  const field = fieldOf(control);
  const note = standing === 'enforced' ? '' : ` (${standing})`;
  return field.meta({
    ...field.meta(),
    description: `${meaning[0]!.toUpperCase()}${meaning.slice(1)}${note}.`,
  });
}

interface Branch {
  [key: string]: z.ZodType | Branch;
}

function put(branch: Branch, [first, ...rest]: readonly string[], field: z.ZodType): void {
  if (rest.length === 0) branch[first!] = field;
  else put((branch[first!] ??= {}) as Branch, rest, field);
}

function schemaOf(branch: Branch): z.ZodType {
  const entries = Object.entries(branch).map(
    ([key, part]) => [key, (part instanceof z.ZodType ? part : schemaOf(part)).optional()] as const,
  );
  return map(Object.fromEntries(entries));
}

const root: Branch = {};
for (const control of controls) {
  put(root, control.key.split('.'), described(control));
  if (control.weak !== undefined) put(root, acknowledgementOf(control.key).split('.'), date);
}

const block = (name: string) => schemaOf(root[name] as Branch).optional();

/** Top-level keys of sealwire.yaml. All that they hold is optional; nothing in them is ignored. */
export const controlsSchema = {
  agent_encryption: block('agent_encryption'),
  message_validation: block('message_validation'),
  channel_security: block('channel_security'),
  communication_audit: block('communication_audit'),
};
