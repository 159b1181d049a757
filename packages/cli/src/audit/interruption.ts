// What ends a command that goes on for ever: Ctrl-C, or being told to end.

export interface Interruption {
  readonly signal: AbortSignal;
  /** The process is as before. */
  readonly release: () => void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first one ends the command in order; a second one the process. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
    release();
  };
  const release = (): void => {
    for (const name of signals) process.removeListener(name, stop);
  };
  for (const name of signals) process.once(name, stop);
  return { signal: controller.signal, release };
}
