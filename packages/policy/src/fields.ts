// The kinds of value that a policy is made of, each with words for what is wrong and what to write.
import { isIPv4, isIPv6 } from 'node:net';
import { tracingHeaders } from '@sealwire/core';
import { z } from 'zod';
import { isPattern } from './agent-pattern.js';
import { nearestWord } from './nearest-word.js';
import { durationMs, sizeBytes } from './units.js';

/** Separates the words for several unknown keys of one map; occurs in none of them. */
export const betweenKeys = '\n';

/** A map with these keys and no others. A misspelt key is told apart from a missing one. */
export function map<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => unknownKey(key, known)).join(betweenKeys);
      return issue.input === undefined
        ? `is missing; it is a map of ${known.join(', ')}.`
        : `must be a map of ${known.join(', ')}.`;
    },
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearestWord(key, known);
  return meant === null
    ? `is not known here; remove it, or use one of: ${known.join(', ')}.`
    : `is not known here; did you mean "${meant}"?`;
}

/** Text that `parse` understands; `null` from it means that it does not. */
export function value<T>(rule: string, parse: (text: string) => T | null, words?: readonly string[]) {
  return z
    .string({
      error: ({ input }) => (input === undefined ? `is missing; it must be ${rule}.` : `must be ${rule}.`),
    })
    .transform((text, context): T => {
      const parsed = parse(text);
      if (parsed !== null) return parsed;
      context.addIssue({
        code: 'custom',
        message: text === '' ? `is empty; it must be ${rule}.` : `must be ${rule}.`,
      });
      return z.NEVER;
    })
    .meta({ description: `${rule[0]!.toUpperCase()}${rule.slice(1)}.`, ...(words && { words }) });
}

/** A list without doubles, of one entry at least. */
export function list<Entry extends z.core.SomeType>(entry: Entry, rule: string, max: number) {
  return z
    .array(entry, {
      error: ({ input }) =>
        input === undefined
          ? `is missing; it must be a list of ${rule}.`
          : `must be a list of ${rule}, such as [a, b].`,
    })
    .superRefine((entries, context) => {
      if (entries.length === 0)
        context.addIssue({ code: 'custom', message: `is empty; it must list at least one of: ${rule}.` });
      if (entries.length > max)
        context.addIssue({ code: 'custom', message: `has more than ${max} entries; split it.` });
      const seen = new Set<string>();
      entries.forEach((one, i) => {
        const text = JSON.stringify(one);
        if (seen.has(text))
          context.addIssue({ code: 'custom', path: [i], message: 'stands twice; remove one.' });
        seen.add(text);
      });
    });
}

const matching = (rule: string, form: RegExp) => value(rule, (text) => (form.test(text) ? text : null));

/** Names that follow the directory’s rule. */
const isName = (text: string): boolean =>
  /^[\x21-\x7e]{1,255}$/.test(text) && text !== '.' && text !== '..' && !isPattern(text);
const named = (rule: string) => value(rule, (text) => (isName(text) ? text : null));
export const agentOrGroup = named('the name of an agent or a group, without *');
export const recipient = named(
  'the name of an agent or a group; not a pattern (*), because messages are sealed for the keys of those who are named',
);
/** `**` would look as if it went beyond a `/`. */
export const sender = value(
  'the name of an agent or a group, or a pattern of agents’ names, in which * is any run of characters but /',
  (text) =>
    isName(text) || (/^[\x21-\x7e]{1,255}$/.test(text) && isPattern(text) && !text.includes('**'))
      ? text
      : null,
);
export const channelName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
export const topic = value('a Kafka topic: 1 to 249 letters, digits, ".", "_" or "-"', (text) =>
  /^[A-Za-z0-9._-]{1,249}$/.test(text) && text !== '.' && text !== '..' ? text : null,
);
export const queue = matching('a queue name of 1 to 255 printable ASCII characters', /^[\x20-\x7e]{1,255}$/);
/** Empty is RabbitMQ’s default exchange. */
export const exchange = matching(
  "an exchange name of up to 255 printable ASCII characters, or ''",
  /^[\x20-\x7e]{0,255}$/,
);
export const routingKey = matching(
  'a routing key of up to 255 printable ASCII characters',
  /^[\x20-\x7e]{0,255}$/,
);
export const messageType = matching(
  'a message type of 1 to 255 visible ASCII characters that does not begin with "sealwire."',
  /^(?!sealwire\.)[\x21-\x7e]{1,255}$/,
);
export const contentType = matching(
  'a media type such as application/json',
  /^(?=.{3,127}$)[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+( ?; ?[A-Za-z0-9!#$&^_.+-]+=[A-Za-z0-9!#$&^_.+-]+)*$/,
);
export const headerName = value(
  'a header name of visible ASCII characters; not a tracing header (those always travel in clear), and not "sealwire…"',
  (text) =>
    /^(?!sealwire)[\x21-\x7e]{1,255}$/i.test(text) && !tracingHeaders.has(text.toLowerCase()) ? text : null,
);
/** `true`: several processes of one agent; a name: several agents, as one receiver. */
export const competing = value(
  'true (several processes of this agent consume), false, or the group whose members consume',
  (text): string | boolean | null =>
    text === 'true' ? true : text === 'false' ? false : /^[\x21-\x7e]{1,255}$/.test(text) ? text : null,
);
export const redisUrl = value(
  'rediss://host:port/db, or redis:// to this machine only, without user and password',
  (text) => {
    if (!URL.canParse(text)) return null;
    const url = new URL(text);
    const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    const good =
      (url.protocol === 'rediss:' || (url.protocol === 'redis:' && local)) &&
      url.hostname !== '' &&
      url.username === '' &&
      url.password === '' &&
      /^(\/\d{0,3})?$/.test(url.pathname) &&
      url.search === '' &&
      url.hash === '';
    return good ? text : null;
  },
);
export const environmentVariable = matching(
  'the name of an environment variable',
  /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
);

export const slot = value('the place of a slot in the module’s list, from 0', (text) =>
  /^(0|[1-9][0-9]{0,4})$/.test(text) ? Number(text) : null,
);

const withPlaceholder = (text: string): boolean =>
  text !== '' && !/[{}]/.test(text.replaceAll('{agent}', '')) && !/[\x00-\x1f]/.test(text);
export const path = value('a path; {agent} is the only placeholder', (text) =>
  withPlaceholder(text) ? text : null,
);
/** One file for all agents: both ends must have the same. */
export const schemaPath = value(
  'a path without placeholders that ends in .avsc (Avro) or .json (JSON Schema)',
  (text) => (/^[^{}\x00-\x1f]+\.(avsc|json)$/.test(text) ? text : null),
);
export const username = value('a user name; {agent} is the only placeholder', (text) =>
  withPlaceholder(text) && text.length <= 255 ? text : null,
);

export const tokenLabel = value(
  'a token’s label of at most 32 characters; {agent} is the only placeholder',
  (text) => (withPlaceholder(text) && Buffer.byteLength(text.replaceAll('{agent}', '')) <= 32 ? text : null),
);

const point = /^B[A-Za-z0-9_-]{86}$/;
export const rootKey = value(
  'the public root key: an uncompressed P-256 point (65 bytes) in base64url, as "sealwire init" prints it',
  (text) => rootKeyOf(text),
);
export function rootKeyOf(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return point.test(text) && bytes[0] === 4 && bytes.toString('base64url') === text ? bytes : null;
}
export const realm = value('32 lower-case hex digits, the same as in the directory', (text) =>
  /^[0-9a-f]{32}$/.test(text) ? Buffer.from(text, 'hex') : null,
);
export const revision = value('a whole number from 1 to 9007199254740991', (text) =>
  /^[1-9][0-9]{0,15}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null,
);
export const serverName = value('a DNS name (certificates for addresses need none)', (text) =>
  /^(?=.{1,253}$)(?!.*\.\d+$)(?!\d+$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$/.test(
    text,
  )
    ? text
    : null,
);

export const pin = value(
  'sha256/ and the SHA-256 of a public key (SubjectPublicKeyInfo) in base64, as in RFC 7469',
  (text) => {
    const hash = Buffer.from(text.replace(/^sha256\//, ''), 'base64');
    return hash.length === 32 && text === `sha256/${hash.toString('base64')}` ? text : null;
  },
);

export const network = value(
  'a network such as 10.0.0.0/8 or fd00::/8 (IPv4-mapped ones are written as IPv4)',
  (text) => {
    const [, address = '', bits = ''] = /^([0-9A-Fa-f.:]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
    const width = isIPv4(address) ? 32 : isIPv6(address) && !/^::ffff:/i.test(address) ? 128 : -1;
    return Number(bits) <= width ? text : null;
  },
);

export function count(min: number, max: number) {
  return value(`a whole number from ${min} to ${max}`, (text) => {
    const number = /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : NaN;
    return number >= min && number <= max ? number : null;
  });
}

export function duration(min: string, max: string) {
  const [minMs, maxMs] = [durationMs(min)!, durationMs(max)!];
  return value(`a duration from ${min} to ${max}, as a whole number with ms, s, m, h or d`, (text) => {
    const ms = durationMs(text);
    return ms !== null && ms >= minMs && ms <= maxMs ? ms : null;
  });
}

export function size(min: string, max: string) {
  const [minBytes, maxBytes] = [sizeBytes(min)!, sizeBytes(max)!];
  return value(`a size from ${min} to ${max}: bytes, or a whole number with KiB, MiB or GiB`, (text) => {
    const bytes = sizeBytes(text);
    return bytes !== null && bytes >= minBytes && bytes <= maxBytes ? bytes : null;
  });
}

export function oneOf<const Words extends readonly string[]>(words: Words, why = '') {
  return value(
    `one of ${words.join(', ')}${why}`,
    (text): Words[number] | null => (words.includes(text) ? text : null),
    words,
  );
}
