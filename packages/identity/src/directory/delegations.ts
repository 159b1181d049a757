// Who may speak for a name: the issuer with the longest prefix that covers it (SPEC.md D-9).
import { directoryKeyId, type Delegation, type RootDocument } from './root-document.js';

/** A delegation with the id of its key. */
export interface Issuer extends Delegation {
  /** 32 hex digits. */
  readonly id: string;
}

export class Delegations {
  readonly issuers: ReadonlyMap<string, Issuer>;
  readonly #byPrefix = new Map<string, Issuer>();

  constructor(root: RootDocument) {
    const issuers = root.issuers.map((delegation) => ({
      ...delegation,
      id: directoryKeyId(delegation.publicKey),
    }));
    this.issuers = new Map(issuers.map((issuer) => [issuer.id, issuer]));
    for (const issuer of issuers) for (const prefix of issuer.prefixes) this.#byPrefix.set(prefix, issuer);
  }

  /** `null` where nobody may. */
  issuerOf(name: string): Issuer | null {
    for (let prefix = name; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')))) {
      const issuer = this.#byPrefix.get(prefix);
      if (issuer !== undefined) return issuer;
    }
    return this.#byPrefix.get('') ?? null;
  }
}
