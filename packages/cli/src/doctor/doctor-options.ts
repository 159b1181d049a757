// What the doctor is told.
import { UsageError } from '@sealwire/core';
import type { OutputOptions } from '../output.js';
import type { ManagementOptions } from './management.js';
import { groups, type Group } from './row.js';

export interface DoctorOptions extends OutputOptions, ManagementOptions {
  readonly policy: string;
  /** Empty: all whose keys are here. */
  readonly agent?: readonly string[];
  readonly kafka?: string;
  readonly rabbitmq?: string;
  /** Ports on the brokers’ hosts that are tried for a listener without TLS. */
  readonly ports?: string;
  /** How many of the last records of each partition are looked at. */
  readonly sample?: string;
  /** The topic that the directory is in, where it is in one. */
  readonly directoryTopic?: string;
  /** Who may list access control. */
  readonly admin?: string;
  /** Queues are looked into, too. */
  readonly peekQueues?: boolean;
  /** Folders of the brokers’ data. */
  readonly brokerData?: readonly string[];
  /** A channel that a test message is sent through. */
  readonly canary?: string;
  readonly only?: string;
  readonly skip?: string;
  readonly strict?: boolean;
  readonly problems?: boolean;
}

export const defaultPorts = '9092,5672,15672,1883';

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function portsOf({ ports = defaultPorts }: DoctorOptions): readonly number[] {
  const numbers = ports
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  if (!numbers.every((one) => /^\d{1,5}$/.test(one) && Number(one) > 0 && Number(one) < 65_536))
    throw new UsageError('ERR_USAGE_ARGUMENT', '--ports must be ports with commas between them, or empty.');
  return numbers.map(Number);
}

export const defaultSample = '20';

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function sampleOf({ sample = defaultSample }: DoctorOptions): number {
  if (/^\d{1,4}$/.test(sample)) return Number(sample);
  throw new UsageError('ERR_USAGE_ARGUMENT', '--sample is a number of records, up to 9999; 0 for none.');
}

/** @throws UsageError ERR_USAGE_ARGUMENT for a group that there is not */
export function wantedGroups({ only, skip }: DoctorOptions): ReadonlySet<Group> {
  const listed = (option: string, text: string | undefined): readonly Group[] | null =>
    text === undefined
      ? null
      : text.split(',').map((one) => {
          const group = groups.find((each) => each === one.trim());
          if (group !== undefined) return group;
          throw new UsageError('ERR_USAGE_ARGUMENT', `${option} takes some of: ${groups.join(', ')}.`);
        });
  const skipped = new Set(listed('--skip', skip));
  return new Set((listed('--only', only) ?? groups).filter((group) => !skipped.has(group)));
}
