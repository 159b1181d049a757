// The networks that brokers must be in, and the judgement of each address by them.
import { lookup as resolve } from 'node:dns';
import { BlockList, isIPv4, isIPv6, SocketAddress, type LookupFunction } from 'node:net';
import { UsageError } from '@sealwire/core';

/** One list for each family: in one of both, a short IPv6 network would hold IPv4 addresses too. */
type Lists = Readonly<Record<'ipv4' | 'ipv6', BlockList>>;

export class AllowedNetworks {
  readonly #allowed: Lists | null;
  readonly #section: string;

  /** @param networks CIDR, as the policy’s schema has checked it; `null`: every address is allowed */
  constructor(networks: readonly string[] | null, section: string) {
    this.#section = section;
    this.#allowed = networks === null ? null : listsOf(networks);
  }

  /**
   * @param address `undefined`, where it is not known, is refused as well
   * @throws UsageError ERR_USAGE_NETWORK, which says what to do
   */
  check(host: string, address: string | undefined): void {
    if (this.#allowed === null || isIn(this.#allowed, address ?? '')) return;
    const place = address === host ? 'lies' : `is at ${address || 'an unknown address'},`;
    throw new UsageError(
      'ERR_USAGE_NETWORK',
      `${host} ${place} outside ${this.#section}.allowed_networks, and got no credential. Correct the DNS record, or the address that the broker advertises; if the broker is meant to be there, add its network to allowed_networks.`,
      { host, address: address ?? null },
    );
  }

  /**
   * The option by which Node.js resolves a name to allowed addresses only: it connects to what this answers, and asks
   * nobody again. A name with one address outside is refused as a whole.
   */
  lookup(own: LookupFunction = resolve): { readonly lookup?: LookupFunction } {
    if (this.#allowed === null) return {};
    return {
      lookup: (host, options, callback) => {
        own(host, options, (error, found, family) => {
          let refusal: Error | null = error;
          try {
            const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found];
            if (error === null) for (const address of addresses) this.check(host, address);
          } catch (refused) {
            refusal = refused as Error;
          }
          callback(refusal, refusal === null ? found : [], family);
        });
      },
    };
  }
}

function listsOf(networks: readonly string[]): Lists {
  const lists: Lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const network of networks) {
    const [address, bits] = network.split('/') as [string, string];
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    lists[family].addSubnet(address, Number(bits), family);
  }
  return lists;
}

function isIn(allowed: Lists, address: string): boolean {
  // A link-local address may name its interface.
  const plain = address.replace(/%.*$/, '');
  if (isIPv4(plain)) return allowed.ipv4.check(plain, 'ipv4');
  if (!isIPv6(plain)) return false;
  // In the one spelling that Node.js gives it.
  const { address: short } = new SocketAddress({ address: plain, family: 'ipv6' });
  const mapped = /^::ffff:([\d.]+)$/.exec(short)?.[1];
  return mapped === undefined ? allowed.ipv6.check(short, 'ipv6') : allowed.ipv4.check(mapped, 'ipv4');
}
