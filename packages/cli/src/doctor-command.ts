// `sealwire doctor`: looks at everything from keys to brokers, and says what is wrong and what to do about it.
import type { Command } from 'commander';
import { allChecks } from './doctor/all-checks.js';
import { openContext } from './doctor/context.js';
import {
  defaultPorts,
  defaultSample,
  portsOf,
  sampleOf,
  wantedGroups,
  type DoctorOptions,
} from './doctor/doctor-options.js';
import { groups, type Verdict } from './doctor/row.js';
import { runChecks } from './doctor/run-checks.js';
import { sums, tableLines } from './doctor/table.js';
import { collect } from './operator.js';
import { printResult, type Outcome } from './outcome.js';
import type { Streams } from './output.js';

export function addDoctor(program: Command, streams: Streams, outcome: Outcome): void {
  program
    .command('doctor')
    .summary('check everything from keys to brokers')
    .description(
      'Looks at everything that can be looked at from here, and prints a row for each: verdict, evidence, and what to do. It changes nothing, and sends no credential where the policy’s connection is refused.',
    )
    .option('--policy <file>', 'the policy', 'sealwire.yaml')
    .option(
      '--agent <name>',
      'whose keys and connections; again for more (default: all whose keys are here)',
      collect,
    )
    .option('--kafka <host:port,…>', 'the Kafka brokers')
    .option('--rabbitmq <url>', 'amqps://host:port, without credentials')
    .option(
      '--ports <port,…>',
      'further ports of the brokers’ hosts that are tried without TLS',
      defaultPorts,
    )
    .option('--management <url>', 'RabbitMQ’s management API: https://host:port, or http:// on this machine')
    .option('--management-user <name>', 'a user with the tag monitoring')
    .option('--management-password-file <file>', 'its password, in a file of mode 600')
    .option('--directory-topic <name>', 'the Kafka topic that agents read the directory from, where they do')
    .option('--admin <name>', 'who may list access control: connects as agents do (default: the first agent)')
    .option('--sample <number>', 'how many of the last records of each partition to look at', defaultSample)
    .option(
      '--peek-queues',
      'look into RabbitMQ’s queues too: messages are given back, marked as redelivered',
    )
    .option(
      '--broker-data <folder>',
      'a broker’s data, where this machine can read it; again for more',
      collect,
    )
    .option('--canary <channel>', 'SENDS a test message through this channel, and looks for its word')
    .option('--only <groups>', `these rows only: ${groups.join(', ')}`)
    .option('--skip <groups>', 'not these rows')
    .option('--problems', 'print only what is not ok')
    .option('--strict', 'exit with 1 for all that is neither ok nor skipped')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire doctor --kafka localhost:9093 --rabbitmq amqps://localhost:5671
  sealwire doctor --agent researcher --kafka localhost:9093 --only certificates,tls --json
  sealwire doctor --rabbitmq amqps://localhost:5671 --management https://localhost:15671 --management-user watch --management-password-file watch.password
  sealwire doctor --kafka localhost:9093 --broker-data /var/lib/kafka --canary agent-messages --only sealed,clocks
  sealwire doctor --problems --strict

Exit codes: 0 nothing failed, 1 something did, 2 wrong command line.`,
    )
    .action(async (options: DoctorOptions) => {
      const wanted = wantedGroups(options);
      portsOf(options);
      sampleOf(options);
      const checks = allChecks.filter(({ group }) => wanted.has(group));
      const show = (finished: number): void => {
        if (streams.showsProgress === true) streams.err(`\r${finished} of ${checks.length} checks …`);
      };
      const rows = await runChecks(checks, openContext(options), show);
      if (streams.showsProgress === true) streams.err('\r\u001b[K');
      const counts = sums(rows);
      const ok = isGood(counts, options);
      const shown = options.problems === true ? rows.filter(({ verdict }) => verdict !== 'ok') : rows;
      printResult(streams, options, outcome, ok, { sums: counts, rows: shown }, [
        ...tableLines(shown),
        summary(counts),
      ]);
    });
}

function isGood(counts: Readonly<Record<Verdict, number>>, { strict = false }: DoctorOptions): boolean {
  return counts.fail === 0 && (!strict || counts.warn + counts['not enforced'] + counts.unknown === 0);
}

const summary = (counts: Readonly<Record<Verdict, number>>): string =>
  (['fail', 'warn', 'not enforced', 'unknown', 'skipped', 'ok'] as const)
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${verdict}`)
    .join(', ');
