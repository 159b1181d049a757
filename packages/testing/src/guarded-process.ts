// A child process that cannot outlive this one.
import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// The built file, also where this one is run from its source by a test runner.
const guard = fileURLToPath(new URL('../dist/guard.js', import.meta.url));

/** A broker that runs. */
export interface RunningBroker {
  /** Settles with the exit code when the broker has ended, for whatever reason. */
  readonly ended: Promise<number>;
  /** Asks it to end (SIGTERM), or ends it (SIGKILL); settles when it has ended. A clean stop that takes too long becomes a kill. */
  end(kill: boolean): Promise<void>;
}

/** A command under guard. */
export interface GuardedProcess extends RunningBroker {
  /** Keeps this process alive until the command has ended, which `ended` does not. */
  awaitEnd(): Promise<number>;
}

export interface GuardOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Both output streams are appended to it. */
  readonly logFile: string;
  /** Run when this process is gone. */
  readonly last?: readonly string[];
}

const patienceMs = 30_000;

/**
 * Starts a command under a guard: when this process ends, or is killed, the guard kills the command and all that it started.
 * Does not keep this process alive.
 */
export function startGuarded(command: readonly string[], options: GuardOptions): GuardedProcess {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = fork(guard, [...(options.last ?? []), '--', ...command], {
    execArgv: [],
    env: { ...process.env, ...options.env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  child.unref();
  child.channel?.unref();

  const ended = new Promise<number>((resolve) => {
    child.on('error', () => resolve(-1));
    child.on('exit', (code) => resolve(code ?? -1));
  });

  function awaitEnd(): Promise<number> {
    child.ref();
    return ended;
  }

  async function end(kill: boolean): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const tooLong = setTimeout(() => child.send('SIGKILL', ignore), patienceMs);
    child.send(kill ? 'SIGKILL' : 'SIGTERM', ignore);
    await awaitEnd();
    clearTimeout(tooLong);
  }
  return { ended, end, awaitEnd };
}

// The guard may end on its own while a message is on its way to it.
const ignore = (): void => undefined;
