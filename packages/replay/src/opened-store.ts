// A claim store that is open.
import type { ClaimStore } from '@sealwire/core';

export interface OpenedStore extends ClaimStore {
  /** Made with the memory and kept in it: another id means another memory. */
  readonly id: string;
}
