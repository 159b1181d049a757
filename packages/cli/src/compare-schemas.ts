// Two versions of an Avro schema, side by side.
import {
  fingerprints,
  incompatibilities,
  listedConstraints,
  type Fingerprints,
  type PayloadType,
} from '@sealwire/schema';

interface Version {
  readonly hash: Buffer;
  readonly type: PayloadType;
}

export interface SchemaComparison {
  /** What keeps a reader of the new one from reading what the old one wrote. */
  readonly backward: readonly string[];
  /** The other way. */
  readonly forward: readonly string[];
  /** Whether both have the same parsing canonical form. */
  readonly sameBytes: boolean;
  readonly constraints: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly older: Fingerprints & { readonly hash: string };
  readonly newer: Fingerprints & { readonly hash: string };
}

export function compareSchemas(older: Version, newer: Version): SchemaComparison {
  const [before, after] = [listedConstraints(older.type), listedConstraints(newer.type)];
  const named = ({ hash, type }: Version) => ({ hash: hash.toString('hex'), ...fingerprints(type) });
  return {
    backward: incompatibilities(newer.type, older.type),
    forward: incompatibilities(older.type, newer.type),
    sameBytes: named(older).sha256 === named(newer).sha256,
    constraints: {
      added: after.filter((rule) => !before.includes(rule)),
      removed: before.filter((rule) => !after.includes(rule)),
    },
    older: named(older),
    newer: named(newer),
  };
}
