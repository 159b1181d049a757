// Waits until a broker says it is up and takes TLS connections.
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { InabilityError } from '@sealwire/core';
import type { RunningBroker } from './guarded-process.js';
import { lastLines } from './run-command.js';

export interface UpSigns {
  readonly name: string;
  readonly logFile: string;
  /** Where in the log this start begins, in bytes. */
  readonly logStart: number;
  /** What the log says when the broker is up. */
  readonly sign: string;
  readonly port: number;
  readonly caFile: string;
  readonly deadlineMs: number;
}

/** Throws ERR_UNABLE_CONNECTION with the first errors and the last 30 lines of the log where the broker ends or the deadline passes before it is up. */
export async function waitUntilUp(broker: RunningBroker, signs: UpSigns): Promise<void> {
  const deadline = performance.now() + signs.deadlineMs;
  let exitCode: number | undefined;
  void broker.ended.then((code) => (exitCode = code));
  let said = false;
  for (;;) {
    said ||= (await textFrom(signs.logFile, signs.logStart)).includes(signs.sign);
    const problem = said ? await tlsProblem(signs.port, signs.caFile) : 'it has not said that it is up';
    if (problem === null) return;
    if (exitCode !== undefined) throw await notUp(signs, `it ended with code ${exitCode}`);
    if (performance.now() > deadline)
      throw await notUp(signs, `after ${signs.deadlineMs / 1000} s: ${problem}`);
    await delay(100);
  }
}

async function notUp(signs: UpSigns, why: string): Promise<InabilityError> {
  const text = await textFrom(signs.logFile, signs.logStart);
  // A broker that shuts down says much after the line that matters.
  const faults = text.split('\n').filter((line) => /\b(ERROR|FATAL|Caused by|\[error\])/.test(line));
  const message = [
    `${signs.name} did not start: ${why}. See ${signs.logFile}.`,
    ...(faults.length > 0 ? ['Its first errors:', ...faults.slice(0, 5)] : []),
    'Its last lines:',
    lastLines(text),
  ].join('\n');
  return new InabilityError('ERR_UNABLE_CONNECTION', message);
}

/** The text of a file from a place on, empty while there is none. */
export async function textFrom(file: string, start: number): Promise<string> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(Math.max(0, size - start)),
      position: start,
    });
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  }
}

/** Null where the port completes a TLS 1.3 handshake with a certificate for localhost that the CA signed. */
async function tlsProblem(port: number, caFile: string): Promise<string | null> {
  const ca = await readFile(caFile);
  return new Promise((resolve) => {
    // No client certificate: with TLS 1.3 the refusal of that comes only after the handshake.
    const socket = connect({ host: 'localhost', port, ca, servername: 'localhost', minVersion: 'TLSv1.3' });
    const settle = (problem: string | null): void => {
      resolve(problem);
      socket.destroy();
    };
    socket.setTimeout(5000, () => settle('the port does not answer'));
    socket.once('secureConnect', () => settle(null));
    // Stays on: the broker's refusal may arrive after the handshake.
    socket.on('error', (error: Error) => settle(`TLS on port ${port} fails (${error.message})`));
  });
}
