// From the file to a policy for any agent, with every problem at once.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '@sealwire/core';
import type { z } from 'zod';
import { checkControls, withRotation } from './controls/check-controls.js';
import { statedControls } from './controls/stated-controls.js';
import { checkAudit } from './check-audit.js';
import { checkModes } from './check-modes.js';
import { withDrops } from './controls/with-drops.js';
import { withModes } from './controls/with-modes.js';
import { checkChannels } from './check-channels.js';
import type { ComparedPolicy } from './compare-policies.js';
import { betweenKeys, rootKeyOf } from './fields.js';
import { channelSchema, policySchema, type ChannelValues, type PolicyValues } from './policy-schema.js';
import { parseSource } from './policy-source.js';
import { settingsOf } from './policy-settings.js';
import { policyTemplate } from './policy-template.js';
import type { PolicyTemplate } from './policy.js';
import { throwProblems, type Problem } from './problems.js';

/**
 * Reads and checks a policy without asking which agent it is for.
 * @throws UsageError ERR_USAGE_FILE, ERR_USAGE_POLICY with all problems, one per line
 */
export function readPolicy(file: string): PolicyTemplate {
  return parsePolicy(file, readOrThrow(file));
}

/**
 * As `readPolicy`, of bytes that were read already.
 * @param file that they are from: errors name it, and paths in it are relative to it
 * @param read reads `root_key_file`
 * @throws UsageError ERR_USAGE_POLICY
 */
export function parsePolicy(
  file: string,
  bytes: Buffer,
  read: (file: string) => Buffer = readFileSync,
): PolicyTemplate {
  const source = parseSource(file, bytes);
  const parsed = policySchema.safeParse(withRotation(source.value));
  const problems = parsed.success ? [] : problemsOf(parsed.error);
  problems.push(
    ...(parsed.success ? problemsBetween(parsed.data) : problemsAcross(source.value)),
    ...checkControls(source.value, Date.now()),
  );
  throwProblems(file, problems, source.positionOf);
  const values = parsed.data as PolicyValues;
  return policyTemplate(values, {
    file,
    bytes,
    hash: createHash('sha256').update(bytes).digest(),
    settings: () => settingsOf(values, source.value),
    controls: withDrops(
      withModes(statedControls(source.value), Object.entries(values.channels)),
      values.audit,
    ),
    rootKeys: rootKeysOf(values.directory, file, source, read),
    at: placesIn(file, source),
  });
}

/** @throws UsageError ERR_USAGE_FILE, which says what to do about it */
export function readOrThrow(
  file: string,
  advice = 'name your sealwire.yaml, or make one with "sealwire init"',
): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(
      'ERR_USAGE_FILE',
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}); ${advice}.`,
    );
  }
}

function rootKeysOf(
  { root_keys, root_key, root_key_file }: PolicyValues['directory'],
  file: string,
  source: ReturnType<typeof parseSource>,
  read: (file: string) => Buffer,
): readonly Buffer[] {
  return root_keys ?? [root_key ?? rootKeyFromFile(file, root_key_file!, source, read)];
}

/** One file for all agents, so `{agent}` makes no sense in its path. */
function rootKeyFromFile(
  file: string,
  name: string,
  source: ReturnType<typeof parseSource>,
  read: (file: string) => Buffer,
): Buffer {
  let key: Buffer | null = null;
  try {
    key = rootKeyOf(
      read(resolve(dirname(file), name))
        .toString('utf8')
        .trim(),
    );
  } catch {
    // Told below, in the same words.
  }
  if (key !== null) return key;
  const text =
    'names no file with the public root key (65 bytes in base64url on one line); correct the path, or write root_key.';
  throwProblems(file, [{ path: ['directory', 'root_key_file'], text }], source.positionOf);
  throw new Error('unreachable');
}

/** What a schema found, in the policy’s words. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      const texts = issue.message.split(betweenKeys);
      return issue.keys.map((key, i) => ({ path: [...path, key], atKey: true, text: texts[i]! }));
    }
    if (issue.code === 'invalid_key') return [{ path, atKey: true, text: issue.issues[0]!.message }];
    return [{ path, text: issue.message }];
  });
}

/**
 * What a file says, for comparing it: neither its date nor other files are asked, so that it can be compared when it is no
 * longer in force.
 * @throws UsageError ERR_USAGE_POLICY
 */
export function comparablePolicy(file: string, bytes: Buffer): ComparedPolicy {
  const source = parseSource(file, bytes);
  const parsed = policySchema.safeParse(withRotation(source.value));
  throwProblems(file, parsed.success ? [] : problemsOf(parsed.error), source.positionOf);
  return { settings: () => settingsOf(parsed.data, source.value), at: placesIn(file, source) };
}

function placesIn(file: string, source: ReturnType<typeof parseSource>): PolicyTemplate['at'] {
  return (path) => {
    const { line, column } = source.positionOf(path);
    return `${file}:${line}:${column}`;
  };
}

function problemsBetween({ channels, quarantine, audit, replay }: PolicyValues): Problem[] {
  const all = new Map(Object.entries(channels));
  const nowMs = Date.now();
  return [
    ...checkModes(all, nowMs),
    ...checkAudit(audit, nowMs),
    ...checkChannels(all, quarantine, audit, replay),
  ];
}

/** Judges what is well-formed across sections, even when other sections are not. */
function problemsAcross(value: unknown): Problem[] {
  const top = value as Readonly<Record<string, unknown>>;
  const section = <T>(schema: z.ZodType<T>, given: unknown): T | null => schema.safeParse(given).data ?? null;
  const channels = new Map<string, ChannelValues>();
  const given = top['channels'];
  for (const [name, channel] of typeof given === 'object' && given !== null ? Object.entries(given) : []) {
    const parsed = section<ChannelValues>(channelSchema, channel);
    if (parsed !== null) channels.set(name, parsed);
  }
  const audit = section<PolicyValues['audit']>(policySchema.shape.audit, top['audit']);
  return [
    ...checkModes(channels, Date.now()),
    ...checkAudit(audit, Date.now()),
    ...checkChannels(
      channels,
      section<PolicyValues['quarantine']>(policySchema.shape.quarantine, top['quarantine']),
      audit,
      section<PolicyValues['replay']>(policySchema.shape.replay, top['replay']),
    ),
  ];
}
