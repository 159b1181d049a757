// Which records of a quarantine a command is about.
import { codes, UsageError } from '@sealwire/core';
import { pointInTime, timeSpan } from './operator.js';
import type { FilterOptions } from './quarantine-options.js';
import type { QuarantineEntry } from './read-quarantine.js';

/** Which records are meant. What no adapter wrote has no reason, time or origin to go by. */
export type Filter = (entry: QuarantineEntry) => boolean;

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function filterOf({ code, since, topic, queue }: FilterOptions): Filter {
  if (code !== undefined && !Object.keys(codes).some((known) => known.startsWith(code)))
    throw new UsageError('ERR_USAGE_ARGUMENT', `There is no code that begins with ${JSON.stringify(code)}.`);
  const sinceMs = since === undefined ? null : sinceTime(since);
  if ([code, since, topic, queue].every((given) => given === undefined)) return () => true;
  return ({ record }) => {
    if (record === null) return false;
    const { source } = record.original;
    return (
      (code === undefined || record.code === code || (code.endsWith('_') && record.code.startsWith(code))) &&
      (sinceMs === null || record.rejectedAtMs >= sinceMs) &&
      (topic === undefined || (source.transport === 'kafka' && source.topic === topic)) &&
      (queue === undefined || (source.transport === 'rabbitmq' && source.queue === queue))
    );
  };
}

function sinceTime(text: string): number {
  return /^\d+[a-z]+$/.test(text) ? Date.now() - timeSpan('--since', text) : pointInTime('--since', text);
}
