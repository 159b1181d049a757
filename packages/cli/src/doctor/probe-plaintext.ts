// What speaks at a port without TLS. Says each protocol’s first words, on a connection each, and nothing else.
import net, { type LookupFunction } from 'node:net';
import { deadline } from './deadline.js';

/** How one protocol is asked, and known. */
export interface Hello {
  readonly protocol: string;
  readonly words: Buffer;
  readonly answers: (bytes: Buffer) => boolean;
}

export interface PlainAnswer {
  /**
   * `closed`: nobody listens. `silent`: somebody does, and understands none of it. `outside`: the policy’s networks forbid
   * to ask. `away`: could not be asked.
   */
  readonly state: 'closed' | 'silent' | 'answered' | 'outside' | 'away';
  /** Where it answered. */
  readonly protocol: string | null;
  readonly isLocal: boolean;
}

export const httpHello: Hello = {
  protocol: 'HTTP',
  words: Buffer.from('HEAD / HTTP/1.0\r\n\r\n', 'latin1'),
  answers: (bytes) => bytes.toString('latin1', 0, 5) === 'HTTP/',
};

const isLoopback = (address: string): boolean => /^(::ffff:)?127\.|^::1$/.test(address);

/** For each protocol. */
const defaultLimitMs = 3_000;
const maxAnswerBytes = 65_536;

export async function probePlaintext(
  host: string,
  port: number,
  lookup: { readonly lookup?: LookupFunction },
  hellos: readonly Hello[],
  limitMs = defaultLimitMs,
): Promise<PlainAnswer> {
  let isLocal = false;
  for (const hello of hellos) {
    const { state, local } = await askOne(host, port, lookup, hello, limitMs);
    isLocal ||= local;
    if (state === 'answered') return { state, protocol: hello.protocol, isLocal };
    if (state !== 'silent') return { state, protocol: null, isLocal };
  }
  return { state: 'silent', protocol: null, isLocal };
}

function askOne(
  host: string,
  port: number,
  lookup: { readonly lookup?: LookupFunction },
  { words, answers }: Hello,
  limitMs: number,
): Promise<{ readonly state: PlainAnswer['state']; readonly local: boolean }> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, ...lookup });
    let local = false;
    let bytes = Buffer.alloc(0);
    const end = (state: PlainAnswer['state']): void => {
      resolve({ state, local });
      socket.destroy();
    };
    deadline(socket, limitMs, () => end(socket.connecting ? 'away' : 'silent'));
    socket.once('connect', () => {
      local = isLoopback(socket.remoteAddress ?? '');
      socket.write(words);
    });
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (answers(bytes)) end('answered');
      else if (bytes.length > maxAnswerBytes) end('silent');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') end('closed');
      else if (error.code === 'ERR_USAGE_NETWORK') end('outside');
      else end(/^(ECONNRESET|EPIPE)$/.test(error.code ?? '') ? 'silent' : 'away');
    });
    socket.once('close', () => end('silent'));
  });
}
