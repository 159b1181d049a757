// Ports that nobody listens on, and that no connection takes as its own end.
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { InabilityError } from '@sealwire/core';

const lowest = 10_240;
const highest = 65_535;
const fewest = 1000;

// Two brokers are planned side by side: what one was given, or looked at, is not given again, though nobody listens there yet.
const given = new Set<number>();

/**
 * Distinct free ports on loopback, from below those that the system gives to outgoing connections: there, a client may have
 * taken a broker's port before the broker listens, or while it is stopped. No port is given twice by one process; another
 * process may still take one, which the broker's start then reports. Throws ERR_UNABLE_CONNECTION where none is left.
 */
export async function freePorts(count: number, range: PortRange = portRange()): Promise<number[]> {
  const ports: number[] = [];
  const size = range.to - range.from + 1;
  const start = randomInt(size);
  for (let step = 0; ports.length < count && step < size; step++) {
    const port = range.from + ((start + step) % size);
    if (given.has(port)) continue;
    // Before the wait: a call beside this one may stand at the same port.
    given.add(port);
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < count)
    throw new InabilityError(
      'ERR_UNABLE_CONNECTION',
      `No ${count} free ports from ${range.from} to ${range.to} on 127.0.0.1; end what listens there.`,
    );
  return ports;
}

/** Both ends belong to it. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** `local` is what Linux says of the ports that it gives to outgoing connections: the first and the last one. */
export function portRange(local = localPorts()): PortRange {
  const first = Number(/^\d+/.exec(local)?.[0] ?? Number.NaN);
  // Where nearly all ports are given to connections, any must do.
  return { from: lowest, to: first - lowest >= fewest ? first - 1 : highest };
}

function localPorts(): string {
  try {
    return readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  } catch {
    // The lowest of the usual systems: RFC 6335 section 6, which macOS and Windows keep to, begins at 49152.
    return '32768';
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server: Server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
