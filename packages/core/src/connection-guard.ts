// What an adapter asks before and after it opens a connection.
import type { ConnectionOptions, TLSSocket } from 'node:tls';

/** The SASL mechanism and credentials of the policy. Never logged, never put into an error. */
export type SaslSettings =
  | {
      readonly mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256' | 'PLAIN' | 'EXTERNAL';
      readonly username: string;
      /** Empty for EXTERNAL. */
      readonly password: string;
    }
  | {
      readonly mechanism: 'OAUTHBEARER';
      /**
       * The token to log in with now: to be asked for each login, after the peer was judged.
       * @throws InabilityError ERR_UNABLE_TOKEN where there is none now
       */
      token(): Promise<string>;
    };

/** What was negotiated on one connection. */
export interface PeerFacts {
  readonly protocol: string;
  readonly cipher: string;
  readonly peerName: string;
  /** SHA-256 of the peer’s certificate, lower-case hex. */
  readonly peerFingerprint: string;
  /** Distinguished name of the CA that issued the peer’s certificate: `C=DE, O=Example, CN=Example CA`. */
  readonly peerIssuer: string;
  /** Of the peer’s certificate, upper-case hex. */
  readonly peerSerial: string;
}

/** The policy’s word on connections of one transport. Nothing weaker than it can be configured. */
export interface ConnectionGuard {
  readonly sasl: SaslSettings | null;
  /**
   * Complete TLS options for a host, a fresh object for each call: TLS 1.3 at least, verification on,
   * the policy’s CA, client certificate and server name, revocation list and pins. Files
   * that were renewed are in it: ask again for each connection.
   * @throws UsageError ERR_USAGE_TLS where they do not fit, and the last that did are over; ERR_USAGE_RUNTIME
   */
  tlsOptions(host: string): ConnectionOptions;
  /**
   * Refuses client options that the policy decides: TLS, SASL, credentials, socket factories.
   * @param options what the user gave, under the names of the client
   * @throws UsageError ERR_USAGE_CONNECTION, which says what to write instead; ERR_USAGE_RUNTIME
   */
  refuseWeaker(options: Readonly<Record<string, unknown>>): void;
  /**
   * Judges an address that is about to be connected to, or is: on every connection, before a credential is sent. Names are
   * judged by the `lookup` of `tlsOptions` too, so nothing is connected to an address that was not judged.
   * @param host as it was given or advertised
   * @param address that it stands for: the host itself, or the address at the other end of a socket
   * @throws UsageError ERR_USAGE_NETWORK unless it lies in a network that the policy allows
   */
  checkAddress(host: string, address: string): void;
  /**
   * For clients that show a socket only after the login: what of `judge` can be told while the handshake is being judged,
   * once chain and name are verified, and before anything is sent over it.
   * @throws UsageError ERR_USAGE_NETWORK; ERR_USAGE_TLS_MUTUAL
   */
  checkPeer(socket: TLSSocket): void;
  /**
   * Judges a finished handshake before any credential is sent: verified, of the right version, with a pinned key, and
   * asking for the client certificate where the policy has one.
   * @throws UsageError ERR_USAGE_TLS_PLAINTEXT, _VERSION, _MUTUAL; ERR_USAGE_CONNECTION; ERR_USAGE_NETWORK, as
   *   `checkAddress`; ERR_USAGE_PIN
   */
  judge(socket: TLSSocket): PeerFacts;
}
