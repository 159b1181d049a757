// npm run demo
import './few-threads.ts';
import { help, readOptions } from './options.ts';
import { say } from './progress.ts';
import { runDemo } from './run.ts';
import { Stand } from './stand.ts';
import { tableOf } from './table.ts';

const options = readOptions(process.argv.slice(2));
if (options.help || options.unknown.length > 0) {
  const [stream, status] = options.help ? [process.stdout, 0] : [process.stderr, 2];
  if (!options.help) say(`No such option: ${options.unknown.join(' ')}\n`);
  stream.write(help, () => process.exit(status));
} else {
  const stand = new Stand();
  let interrupted = false;
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => {
      interrupted = true;
      say('interrupted: stopping the brokers and removing their files …');
      void stand.close().finally(() => process.exit(128 + number));
    });
  }
  let output = '';
  let status = 1;
  try {
    const { report, faults } = await runDemo(stand);
    output = options.json ? `${JSON.stringify(report)}\n` : tableOf(report, faults);
    if (options.json) for (const fault of faults) say(fault);
    status = faults.length === 0 ? 0 : 1;
  } catch (error) {
    if (!interrupted) say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await stand.close();
  }
  process.stdout.write(output, () => process.exit(status));
}
