// npm run test:fuzz
import { setPriority } from 'node:os';
import { compareFastavro } from './fastavro.ts';
import { jazzer } from './jazzer.ts';
import { help, readOptions } from './options.ts';
import { say } from './progress.ts';
import { runWorker } from './run-worker.ts';
import { saveFound } from './save-found.ts';
import { summary } from './summary.ts';

const options = readOptions(process.argv.slice(2));
if (options.help || options.unknown.length > 0) {
  if (!options.help) say(`No such option: ${options.unknown.join(', ')}\n`);
  (options.help ? process.stdout : process.stderr).write(help, () => process.exit(options.help ? 0 : 2));
} else {
  setPriority(19);
  say(`seed ${String(options.seed)}`);
  const began = performance.now();
  const worker = await runWorker(options);
  const seconds = (performance.now() - began) / 1000;
  if (options.save) saveFound(worker.results);
  const result = summary(options.seed, seconds, worker, compareFastavro(options.seed), jazzer(options));
  process.stdout.write(`${JSON.stringify(result)}\n`, () =>
    process.exit(result.findings.length === 0 ? 0 : 1),
  );
}
