// The options of TLS that come from files, renewed in place: amqplib keeps one set of options for all its reconnects.
import type { ConnectionOptions } from 'node:tls';

const names = ['ca', 'cert', 'key', 'crl'] as const;
type Name = (typeof names)[number];

export class RenewedOptions {
  /** Lists that amqplib passes on as they are, and that Node.js reads whenever a socket is opened. */
  readonly options: Readonly<Record<Name, (string | Buffer)[]>> = { ca: [], cert: [], key: [], crl: [] };

  /** Until it is called there are no CAs, so nothing is trusted. */
  renew(fresh: ConnectionOptions): void {
    for (const name of names) {
      const given = (fresh[name] ?? []) as string | Buffer | (string | Buffer)[];
      this.options[name].splice(0, Infinity, ...(Array.isArray(given) ? given : [given]));
    }
  }
}
