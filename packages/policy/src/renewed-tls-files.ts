// Certificates and keys as they are on disk now, or as they last were whole.
import type { Clock } from '@sealwire/core';
import { Unusable } from './guarded-secret.js';
import type { TlsFiles } from './tls-files.js';
import type { Runtime } from './weak-runtime.js';

export class RenewedTlsFiles {
  readonly #fromDisk: () => TlsFiles;
  readonly #section: string;
  readonly #clock: Clock;
  readonly #runtime: Runtime;
  #last: TlsFiles;
  /** The fault that was told last; empty where there is none. */
  #told = '';

  /** @throws Unusable where the files do not fit at first */
  constructor(fromDisk: () => TlsFiles, section: string, clock: Clock, runtime: Runtime) {
    this.#fromDisk = fromDisk;
    this.#section = section;
    this.#clock = clock;
    this.#runtime = runtime;
    this.#last = fromDisk();
  }

  /**
   * Reads all of it: a stamp of time or size may be the same after a renewal, the content is not.
   * @throws Unusable where the files do not fit, and the last that did are over
   */
  read(): TlsFiles {
    try {
      this.#last = this.#fromDisk();
      this.#told = '';
    } catch (error) {
      if (!(error instanceof Unusable) || this.#last.endMs <= this.#clock.nowMs()) throw error;
      this.#tell(error.message);
    }
    return this.#last;
  }

  #tell(fault: string): void {
    if (fault === this.#told) return;
    this.#told = fault;
    this.#runtime.emitWarning?.(
      `${this.#section}: ${fault} Connections go on with the files that were read before, until ${new Date(this.#last.endMs).toISOString()}.`,
      'SealwireWarning',
    );
  }
}
