// What a connection must be: TLS options that hold, options that are refused, and a judgement of each handshake.
import { isIP } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { systemClock, UsageError, type Clock, type ConnectionGuard, type Transport } from '@sealwire/core';
import { leastTls, strongCiphers, type TlsVersion } from './controls/least-tls.js';
import { Unusable } from './guarded-secret.js';
import { checkMutual, judgePeer } from './judge-peer.js';
import type { Policy } from './policy.js';
import { AllowedNetworks } from './allowed-networks.js';
import { PinnedKeys } from './pinned-keys.js';
import { RenewedTlsFiles } from './renewed-tls-files.js';
import { saslSettings } from './sasl-settings.js';
import { readTlsFiles } from './tls-files.js';
import { refuseWeakRuntime, type Runtime } from './weak-runtime.js';
import { weakerOptions } from './weaker-options.js';

/**
 * Reads certificates, key and password of the policy's connection for one transport. The password is read once;
 * certificates, key and revocation lists are read again for each connection, so that renewed ones are used by the next.
 * Files that do not fit together are passed over for the last that did, with a warning, while those last.
 * Not guaranteed: that a certificate of the broker is not revoked, where the policy names no `crl_file`.
 * @param token the program’s, for OAUTHBEARER, where it comes from no `token_file`
 * @param agent must be the agent that the policy was loaded for
 * @throws UsageError ERR_USAGE_POLICY where the policy has no connection for this transport; ERR_USAGE_TLS,
 * ERR_USAGE_SASL with file, fault and what to do; ERR_USAGE_RUNTIME where the process itself weakens TLS
 */
export function openConnectionGuard(
  policy: Policy,
  transport: Transport,
  agent: string,
  runtime: Runtime = process,
  clock: Clock = systemClock,
  token: (() => Promise<string>) | null = null,
): ConnectionGuard {
  if (agent !== policy.agent)
    throw new UsageError(
      'ERR_USAGE_AGENT',
      `The policy was loaded for ${policy.agent}, not for ${agent}; load it again.`,
    );
  const section = `connections.${transport}`;
  const connection = policy.connections[transport];
  if (connection === null)
    throw new UsageError(
      'ERR_USAGE_POLICY',
      `${policy.file} has no ${section}; describe there how brokers are reached.`,
    );
  refuseWeakRuntime(runtime);
  const networks = new AllowedNetworks(connection.allowedNetworks, section);
  const pins = new PinnedKeys(connection.tls.pins, section);
  const current = coded(
    'ERR_USAGE_TLS',
    section,
    () => new RenewedTlsFiles(() => readTlsFiles(connection.tls, clock), section, clock, runtime),
  );
  const sasl = coded('ERR_USAGE_SASL', section, () =>
    saslSettings(connection.sasl, { section, env: runtime.env, clock, token }),
  );

  const mutual = connection.tls.certFile !== null;
  const checkSocket = (socket: TLSSocket): void =>
    networks.check(socket.servername || connection.tls.serverName || 'the broker', socket.remoteAddress);
  const least = (): TlsVersion => leastTls(policy.controls, clock.nowMs());

  return {
    sasl,
    tlsOptions(host) {
      refuseWeakRuntime(runtime);
      const files = coded('ERR_USAGE_TLS', section, () => current.read());
      // An address is no server name (RFC 6066); Node.js then checks the certificate against `host`.
      const serverName = connection.tls.serverName ?? (isIP(host) === 0 ? host : null);
      return {
        host,
        ...(serverName === null ? {} : { servername: serverName }),
        ca: [...files.ca],
        ...(files.cert === null || files.key === null ? {} : { cert: files.cert, key: files.key }),
        ...versionsFrom(least()),
        rejectUnauthorized: true,
        ...(files.crl === null ? {} : { crl: [...files.crl] }),
        ...pins.serverCheck(),
        ...networks.lookup(runtime.lookup),
      };
    },
    refuseWeaker(options) {
      refuseWeakRuntime(runtime);
      refuse(options, transport, section);
    },
    checkAddress: (host, address) => networks.check(host, address),
    checkPeer(socket) {
      checkSocket(socket);
      checkMutual(socket, { section, mutual });
    },
    judge(socket) {
      checkSocket(socket);
      return judgePeer(socket, { section, least: least(), pins, mutual });
    },
  };
}

/** All of it said, so that no setting of the process decides in its place. */
function versionsFrom(least: TlsVersion): Pick<ConnectionOptions, 'minVersion' | 'maxVersion' | 'ciphers'> {
  return { minVersion: least, maxVersion: 'TLSv1.3', ciphers: strongCiphers };
}

/** Reads inherited options as well: clients do. */
function refuse(options: Readonly<Record<string, unknown>>, transport: Transport, section: string): void {
  const problems = Object.entries(weakerOptions[transport])
    .filter(([name]) => options[name] !== undefined)
    .map(([name, advice]) => `- ${name}: ${advice(section)}.`);
  const { protocol } = options;
  if (transport === 'rabbitmq' && protocol !== undefined && protocol !== 'amqps' && protocol !== 'amqps:')
    problems.push('- protocol: write amqps, and the port of the TLS listener.');
  if (problems.length > 0)
    throw new UsageError(
      'ERR_USAGE_CONNECTION',
      `The policy decides what these options of the client say:\n${problems.join('\n')}`,
    );
}

function coded<T>(code: 'ERR_USAGE_TLS' | 'ERR_USAGE_SASL', section: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unusable) throw new UsageError(error.code ?? code, `${section}: ${error.message}`);
    throw error;
  }
}
