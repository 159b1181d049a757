// `sealwire init`: the command line of initFolder.
import { type Command, InvalidArgumentError } from 'commander';
import { initFolder, type InitReport } from './init-folder.js';
import { print, type OutputOptions, type Streams } from './output.js';

interface Options extends OutputOptions {
  readonly agents: string[];
  readonly group?: Record<string, string[]>;
  readonly brokerHost?: string[];
  readonly kafkaBrokers?: string[];
  readonly rabbitmqUrl?: string;
}

export function addInit(program: Command, streams: Streams): void {
  program
    .command('init')
    .summary('make keys, certificates, directory and policy for a set of agents')
    .description(
      'Makes everything that a set of agents needs, in a new or empty folder: a root key, signing and sealing keys of each agent, a sealing key of each group, the signed directory, TLS certificates for brokers and agents, passwords, and a sealwire.yaml.',
    )
    .argument('<folder>', 'a new or empty folder')
    .requiredOption('--agents <names>', 'names of the agents, separated by commas', words)
    .option(
      '--group <name=members>',
      'a group and its members; again for more (default: team, of all agents)',
      group,
    )
    .option(
      '--broker-host <name>',
      'host of a broker, for its certificate; again for more',
      (host, hosts: string[] | undefined) => [...(hosts ?? []), ...words(host)],
    )
    .option(
      '--kafka-brokers <host:port,…>',
      'Kafka brokers, for certificate and next steps (default: localhost:9093)',
      words,
    )
    .option('--rabbitmq-url <url>', 'RabbitMQ, without credentials (default: amqps://localhost:5671)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire init ./pipeline --agents orchestrator,researcher
  sealwire init ./pipeline --agents a,b,c --group team=a,b --group readers=b,c --broker-host broker.internal
  sealwire init ./pipeline --agents spiffe://example.org/planner --kafka-brokers k1:9093,k2:9093 --json

Exit codes: 0 made, 1 not made, 2 wrong command line.`,
    )
    .action(async (folder: string, options: Options) => {
      const report = await initFolder({
        folder,
        agents: options.agents,
        ...(options.group === undefined ? {} : { groups: options.group }),
        ...(options.brokerHost === undefined ? {} : { brokerHosts: options.brokerHost }),
        ...(options.kafkaBrokers === undefined ? {} : { kafkaBrokers: options.kafkaBrokers }),
        ...(options.rabbitmqUrl === undefined ? {} : { rabbitmqUrl: options.rabbitmqUrl }),
      });
      print(streams, options, report, linesOf(report));
    });
}

function words(text: string): string[] {
  const all = text.split(',').map((word) => word.trim());
  if (all.includes(''))
    throw new InvalidArgumentError('Write names separated by commas, without empty ones.');
  return all;
}

function group(text: string, groups: Record<string, string[]> = {}): Record<string, string[]> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Write name=member,member.');
  const name = text.slice(0, equals);
  if (Object.hasOwn(groups, name)) throw new InvalidArgumentError(`The group ${name} comes twice.`);
  return Object.fromEntries([...Object.entries(groups), [name, words(text.slice(equals + 1))]]);
}

function linesOf(report: InitReport): string[] {
  return [
    `Made in ${report.folder}:`,
    ...report.files.map((file) => `  ${file}`),
    '',
    `Realm     ${report.realm}`,
    `Root key  ${report.rootPublicKey}`,
    ...report.groups.map(({ name, members }) => `Group     ${name}: ${members.join(', ')}`),
    '',
    'Next:',
    ...report.nextSteps.map((step, i) => `${i + 1}. ${step}`),
  ];
}
