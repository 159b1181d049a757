// What the doctor is told.
import { UsageError } from '@sealwire/core';
import type { OutputOptions } from '../output.js';
import { groups, type Group } from './row.js';

export interface DoctorOptions extends OutputOptions {
  readonly policy: string;
  /** Empty: all whose keys are here. */
  readonly agent?: readonly string[];
  readonly only?: string;
  readonly skip?: string;
  readonly strict?: boolean;
  readonly problems?: boolean;
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
