// Keeps one warning off the command's standard error: kafkajs 2.2.4 sets a timer to a time that is past with each
// connection, of which Node.js 24 warns. It fires at once, which is what kafkajs means by it.

/**
 * Node.js prints warnings by a listener of its own, the first there is; this stands before it, and passes on all but that
 * one: other negative timers too. It is not done by `--disable-warning`, because a command that npm links has no place for
 * such an option on every system, and because that would hide negative timers of ours. To be called by a program that is
 * this process, never by a library: what a process prints is not its libraries' to decide.
 */
export function withoutKafkajsTimers(program: NodeJS.Process): void {
  const printers = program.listeners('warning');
  program.removeAllListeners('warning');
  program.on('warning', (warning) => {
    if (isKafkajsTimer(warning)) return;
    for (const print of printers) print.call(program, warning);
  });
}

const isKafkajsTimer = ({ name, stack = '' }: Error): boolean =>
  name === 'TimeoutNegativeWarning' && /[\\/]kafkajs[\\/]src[\\/]network[\\/]/.test(stack);
