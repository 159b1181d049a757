// The keys that a broker may have, by their hashes.
import { createHash, X509Certificate } from 'node:crypto';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import { UsageError } from '@sealwire/core';

export class PinnedKeys {
  readonly #pins: ReadonlySet<string> | null;
  readonly #section: string;

  /** @param pins `sha256/` and base64; `null`: every key is taken */
  constructor(pins: readonly string[] | null, section: string) {
    this.#pins = pins === null ? null : new Set(pins);
    this.#section = section;
  }

  /**
   * Asks the peer's own certificate: of the others in a chain no handshake proves that their keys are at the other end.
   * @throws UsageError ERR_USAGE_PIN
   */
  check(certificate: X509Certificate): void {
    if (this.#pins === null) return;
    const pin = pinOf(certificate);
    if (this.#pins.has(pin)) return;
    throw new UsageError(
      'ERR_USAGE_PIN',
      `The broker’s key (${pin}) is not in ${this.#section}.tls.pins; it got no credential. If the broker was given a new key, add this pin once its operator has confirmed it; otherwise somebody else answers there.`,
    );
  }

  /** The option by which a handshake with another key fails, after Node.js has checked the name. */
  serverCheck(): Pick<ConnectionOptions, 'checkServerIdentity'> {
    if (this.#pins === null) return {};
    return {
      checkServerIdentity: (host, peer) => {
        const wrongName = checkServerIdentity(host, peer);
        if (wrongName !== undefined) return wrongName;
        try {
          this.check(new X509Certificate(peer.raw));
          return undefined;
        } catch (error) {
          return error as Error;
        }
      },
    };
  }
}

function pinOf({ publicKey }: X509Certificate): string {
  const info = publicKey.export({ type: 'spki', format: 'der' });
  return `sha256/${createHash('sha256').update(info).digest('base64')}`;
}
