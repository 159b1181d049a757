// What a schema file is, or what is wrong with it.
import { SealwireError } from '@sealwire/core';
import { fingerprints, loadSchema, type Fingerprints, type PayloadSchema } from '@sealwire/schema';

export interface SchemaDescription {
  readonly file: string;
  /** `null` where it compiles. */
  readonly problem: string | null;
  readonly kind: PayloadSchema['kind'] | null;
  /** In hex: what goes with messages. */
  readonly hash: string | null;
  readonly fingerprints: Fingerprints | null;
}

/** One file that is not good must not hide what is wrong with the others. */
export function describeSchema(file: string): SchemaDescription {
  try {
    const { kind, hash, type } = loadSchema(file);
    return {
      file,
      problem: null,
      kind,
      hash: hash.toString('hex'),
      fingerprints: type === null ? null : fingerprints(type),
    };
  } catch (error) {
    if (!(error instanceof SealwireError)) throw error;
    return { file, problem: `${error.code}: ${error.message}`, kind: null, hash: null, fingerprints: null };
  }
}
