// The four blocks as a part of sealwire.yaml’s schema, made of the table of controls.
import { z } from 'zod';
import { endOfDay, untilRule } from '../acknowledged-until.js';
import { list, map, oneOf, value } from '../fields.js';
import { intervalMs } from '../rotation-schema.js';
import { acknowledgementOf, controls } from './all-controls.js';
import type { Control } from './control.js';

const date = value(untilRule, (text) => (endOfDay(text) === null ? null : text));

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
