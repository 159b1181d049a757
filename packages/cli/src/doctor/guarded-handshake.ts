// A TLS connection as the policy has it: judged by the guard before anything is said on it.
import { isIP } from 'node:net';
import tls, { type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { ConnectionGuard, PeerFacts } from '@sealwire/core';
import type { BrokerPlace } from './broker-place.js';
import { deadline } from './deadline.js';

export interface Handshake {
  readonly peer: PeerFacts;
  /** With what it was signed by. */
  readonly certificate: DetailedPeerCertificate;
}

/** For all of it. */
const defaultLimitMs = 5_000;

/**
 * Shakes hands, has the guard judge it, and gives `use` the socket.
 * @throws what the guard refuses with, or Node’s error: then nothing was said but the handshake
 */
export async function guardedHandshake<Result>(
  guard: ConnectionGuard,
  { host, port }: BrokerPlace,
  use: (socket: TLSSocket, handshake: Handshake) => Promise<Result>,
  limitMs = defaultLimitMs,
): Promise<Result> {
  if (isIP(host) !== 0) guard.checkAddress(host, host);
  const socket = tls.connect({ ...guard.tlsOptions(host), host, port });
  deadline(socket, limitMs, () => socket.destroy(timedOut()));
  try {
    const handshake = await new Promise<Handshake>((resolve, reject) => {
      socket.on('error', reject);
      socket.once('close', () => reject(timedOut('ECONNRESET')));
      socket.once('connect', () => {
        try {
          guard.checkAddress(host, socket.remoteAddress ?? '');
        } catch (error) {
          socket.destroy(error as Error);
        }
      });
      socket.once('secureConnect', () => {
        try {
          const certificate = socket.getPeerCertificate(true);
          resolve({ peer: guard.judge(socket), certificate });
        } catch (error) {
          socket.destroy(error as Error);
        }
      });
    });
    return await use(socket, handshake);
  } finally {
    socket.destroy();
  }
}

/** Node’s errors have codes. */
export const timedOut = (code = 'ETIMEDOUT'): Error => Object.assign(new Error(code), { code });

/**
 * Says one thing, and collects what comes back until it makes sense, is too much, or the socket closes: at its deadline at
 * the latest. Rejects with what `understand` throws.
 */
export function askOn<Answer>(
  socket: TLSSocket,
  words: Buffer,
  understand: (bytes: Buffer) => Answer | null,
): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      try {
        const answer = understand(bytes);
        if (answer !== null || bytes.length > maxAnswerBytes) resolve(answer);
      } catch (error) {
        // Thrown here it would end the process.
        const thrown = error as Error;
        reject(thrown);
      }
    });
    socket.once('close', () => resolve(null));
    socket.write(words);
  });
}

const maxAnswerBytes = 65_536;
