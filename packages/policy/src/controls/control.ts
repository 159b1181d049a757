// One key of the security team’s own vocabulary: what it takes, what it means here, and whether this version does it.

/** Whether this version does what a control says. */
export type ControlStanding = 'enforced' | 'not enforced by this version';

export interface Control {
  /** As in the file, with dots. */
  readonly key: string;
  /** Words, one of which it must be; a list of some of them; a whole number between two. */
  readonly takes:
    | { readonly one: readonly string[] }
    | { readonly some: readonly string[] }
    | { readonly from: number; readonly to: number }
    | { readonly hours: true };
  readonly standing: ControlStanding;
  /** What holds where the file has it. */
  readonly meaning: string;
  /** Why it takes nothing else. */
  readonly why: string;
  /** A value that weakens: it needs `insecure_<last part of the key>_until`, a date, beside it. */
  readonly weak?: string;
}

/** A control as a file states it. */
export interface StatedControl {
  readonly key: string;
  readonly value: string;
  readonly standing: ControlStanding;
  readonly meaning: string;
  /** Until when a value that weakens was acknowledged; `null` where it does not weaken. */
  readonly weakUntilMs: number | null;
}

const enforced = 'enforced';
const later = 'not enforced by this version';

export const onlyTrue = (key: string, meaning: string, why: string): Control => ({
  key,
  takes: { one: ['true'] },
  standing: enforced,
  meaning,
  why,
});

export const onlyThis = (key: string, value: string, meaning: string): Control => ({
  key,
  takes: { one: [value] },
  standing: enforced,
  meaning,
  why: 'this version has nothing else',
});

export const stillToCome = (key: string, takes: Control['takes'], meaning: string): Control => ({
  key,
  takes,
  standing: later,
  meaning,
  why: '',
});

export const either = { one: ['true', 'false'] } as const;
