// npm run bench
import { measureAudit } from './audit/measure-audit.ts';
import { measureCost } from './audit/measure-cost.ts';
import { measureConnect } from './connect/measure-connect.ts';
import { measureDirectory } from './directory/measure-directory.ts';
import { measureCompression } from './envelope/measure-compression.ts';
import { measureEnvelope } from './envelope/measure-envelope.ts';
import { Figures } from './figures.ts';
import { measureKafka } from './kafka/measure-kafka.ts';
import { measureKeys } from './keys/measure-keys.ts';
import { help, readOptions, type Part } from './options.ts';
import { measurePolicy } from './policy/measure-policy.ts';
import { say } from './progress.ts';
import { measureClaims } from './rabbitmq/claims.ts';
import { measureRabbitmq } from './rabbitmq/measure-rabbitmq.ts';
import { measureRedisClaims } from './rabbitmq/redis-claims.ts';
import { measureStoreSize } from './rabbitmq/store-size.ts';
import { measureReplay } from './replay/measure-replay.ts';
import { measureScanner } from './schema/measure-scanner.ts';
import { measureValidation } from './schema/measure-validation.ts';
import { Stand } from './stand.ts';

const options = readOptions(process.argv.slice(2));
if (options.help || options.unknown.length > 0) {
  if (!options.help) say(`No such option: ${options.unknown.join(' ')}\n`);
  (options.help ? process.stdout : process.stderr).write(help, () => process.exit(options.help ? 0 : 2));
} else {
  const figures = new Figures();
  const stand = new Stand(brokersFor(options.only));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stand.close().finally(() => process.exit(1)));
  let status = 1;
  try {
    // Alone, before there are brokers that compete for the processor.
    if (options.only.includes('envelope')) {
      await measureEnvelope(figures, options);
      await measureCompression(figures, options);
    }
    if (options.only.includes('schema')) {
      await measureScanner(figures, options);
      await measureValidation(figures, options);
    }
    if (options.only.includes('replay')) await measureReplay(figures, options);
    if (options.only.includes('directory')) await measureDirectory(figures, options);
    if (options.only.includes('policy')) await measurePolicy(figures, options);
    if (options.only.includes('keys')) await measureKeys(figures, options);
    if (options.only.includes('audit')) await measureAudit(figures, options);
    if (options.only.includes('replay')) {
      await measureClaims(figures, options);
      await measureStoreSize(figures, options);
      await measureRedisClaims(figures, options);
    }
    await stand.open();
    if (options.only.includes('audit')) await measureCost(figures, options);
    if (options.only.includes('connect')) await measureConnect(figures, options);
    if (options.only.includes('kafka')) await measureKafka(figures, options);
    if (options.only.includes('rabbitmq')) await measureRabbitmq(figures, options);
    status = 0;
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await stand.close();
  }
  // Also what was measured before something failed.
  const output = options.json ? `${JSON.stringify(figures.json())}\n` : figures.table();
  process.stdout.write(output, () => process.exit(status));
}

function brokersFor(only: readonly Part[]): ('kafka' | 'rabbitmq')[] {
  const wanted = {
    kafka: ['kafka', 'connect', 'audit'],
    rabbitmq: ['rabbitmq', 'connect'],
  } satisfies Record<string, Part[]>;
  return (['kafka', 'rabbitmq'] as const).filter((kind) => wanted[kind].some((part) => only.includes(part)));
}
