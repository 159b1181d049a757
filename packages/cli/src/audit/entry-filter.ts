// Which events a command shows.
import type { Command } from 'commander';
import type { TrailEntry } from './trail-entry.js';

export interface EntryFilterOptions {
  readonly kind?: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly channel?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly alerts?: boolean;
}

export type EntryFilter = (entry: TrailEntry) => boolean;

export function withEntryFilters(command: Command): Command {
  return command
    .option('--kind <kind,…>', 'only these kinds, such as message.rejected, or all of message')
    .option('--sender <agent,…>', 'only what these sent, or are said to have sent')
    .option('--recipient <name,…>', 'only what is for one of these agents or groups')
    .option('--channel <name,…>', 'only of these channels')
    .option('--outcome <outcome,…>', 'only with these outcomes, such as unknown or quarantined')
    .option('--code <code,…>', 'only with these error codes, or all of ERR_POLICY_')
    .option('--alerts', 'only alerts');
}

const wordsOf = (text: string | undefined): string[] | null =>
  text === undefined ? null : text.split(',').map((word) => word.trim());

/** All that is given must fit; of several words with commas, one. */
export function entryFilter(options: EntryFilterOptions): EntryFilter {
  const [kinds, senders, recipients, channels, outcomes, codes] = (
    ['kind', 'sender', 'recipient', 'channel', 'outcome', 'code'] as const
  ).map((name) => wordsOf(options[name]));
  const oneOf = (words: string[] | null | undefined, value: string | null): boolean =>
    words === null || words === undefined || (value !== null && words.includes(value));
  return (entry) =>
    (options.alerts !== true || entry.alert !== null) &&
    (kinds?.some((kind) => entry.kind === kind || entry.kind.startsWith(`${kind}.`)) ?? true) &&
    oneOf(senders, entry.sender) &&
    (recipients?.some((name) => entry.recipient?.split(',').includes(name) === true) ?? true) &&
    oneOf(channels, entry.channel) &&
    oneOf(outcomes, entry.outcome) &&
    (codes?.some(
      (code) => entry.code === code || (code.endsWith('_') && entry.code?.startsWith(code) === true),
    ) ??
      true);
}
