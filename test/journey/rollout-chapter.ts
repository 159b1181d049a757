// The README’s chapter on rolling out, taken apart: its policy lines and its questions to the audit topic are the test’s.
import { readFileSync } from 'node:fs';

type Event = Readonly<Record<string, unknown>>;

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const chapter = /^## Rolling out into a running system\n(.*?)^## /ms.exec(readme)![1]!;
const blocks = (language: string): string[] =>
  [...chapter.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);

/** What jq would print of an event. A question that is not listed here has to be added. */
const questions: Readonly<Record<string, (event: Event) => boolean>> = {
  '(.unmapped.would_refuse // "ERR_FORMAT_NOT_SEALED") != "ERR_FORMAT_NOT_SEALED"': (event) =>
    (event['would_refuse'] ?? 'ERR_FORMAT_NOT_SEALED') !== 'ERR_FORMAT_NOT_SEALED',
  '.encryption_status == "plaintext"': (event) => event['encryption_status'] === 'plaintext',
};

/** The lines of a step, as they stand under a channel. Dates of a printed page pass: here it is a month from now. */
function linesOf(block: string): string {
  const inAMonth = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const dated = block.replace(/insecure_until: \d{4}-\d{2}-\d{2}/, `insecure_until: ${inAMonth}`);
  if (dated === block) throw new Error('the chapter has a step without a date');
  return dated.replaceAll(/^/gm, '    ').trimEnd();
}

/** Of the chapter’s channel; the tests have one of their own in its place. */
function questionOf(block: string): (event: Event) => boolean {
  const [, asked = ''] = /select\(\.channel == "agent-messages" and (.*)\)'$/.exec(block.trim()) ?? [];
  const answer = questions[asked];
  if (answer === undefined) throw new Error(`the chapter asks the audit topic something else now: ${asked}`);
  return (event) => event['channel'] === 'orders' && answer(event);
}

const [first = '', second = '', audit = ''] = blocks('yaml');
const [observe, migrate] = [linesOf(first), linesOf(second)];
const [unready, unmigrated] = blocks('sh').map(questionOf) as [
  (event: Event) => boolean,
  (event: Event) => boolean,
];

/** What the chapter has RabbitMQ’s trail written to files by, as keys of `audit` behind others. */
export const withFiles = audit
  .trim()
  .split('\n')
  .map((line) => `, ${line}`)
  .join('');
/** Of those files, as the chapter’s jq is given them. */
export const isAuditFile = (name: string): boolean => /\.audit\.jsonl(\.[0-9].*)?$/.test(name);

/** The three steps, each as the lines that it has under the channel. */
export const steps = { observe, migrate, enforce: '' } as const;
export type Step = keyof typeof steps;
/** What an event must not be any more when a step is done. */
export const open = { observe: unready, migrate: unmigrated } as const;

/** A policy whose one channel is at a step. */
export function atStep(policy: string, step: Step): string {
  const before = policy.replace(/^connections:/m, () => `${steps[step]}\nconnections:`);
  if (before === policy) throw new Error('the policy has no connections');
  return before;
}
