// What `sealwire init` can be told, and what is refused before anything is written.
import { isIP } from 'node:net';
import { UsageError } from '@sealwire/core';
import { folderName, isName, nameRule } from '@sealwire/identity';

export interface InitOptions {
  /** New, or empty. */
  readonly folder: string;
  readonly agents: readonly string[];
  /** Members by group. Default: one group `team` of all agents. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** DNS names and addresses of the brokers, for their certificate. Default: `localhost`, and the hosts below. */
  readonly brokerHosts?: readonly string[];
  /** `host:port` each. */
  readonly kafkaBrokers?: readonly string[];
  /** `amqps://host:port`, without credentials. */
  readonly rabbitmqUrl?: string;
  /** Default: now. */
  readonly nowMs?: number;
}

/** Options with nothing left to decide. */
export interface InitPlan {
  readonly folder: string;
  readonly agents: readonly string[];
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
  /** For the certificate’s alternative names. */
  readonly hosts: readonly string[];
  readonly kafkaBrokers: readonly string[];
  readonly rabbitmqUrl: string;
  readonly nowMs: number;
}

/** X.509 limits the common name, and file systems the length of a file’s name. */
const maxAgentName = 64;
const maxFileName = 200;
const reservedAgents = ['admin', 'broker', 'ca'];

/** @throws UsageError ERR_USAGE_ARGUMENT with every fault of the options */
export function planInit(options: InitOptions): InitPlan {
  const {
    folder,
    agents,
    kafkaBrokers = ['localhost:9093'],
    rabbitmqUrl = 'amqps://localhost:5671',
  } = options;
  const groups = Object.entries(options.groups ?? { team: agents });
  const problems: string[] = [];
  const names = new Set<string>();

  if (agents.length === 0)
    problems.push('no agents: name one at least, as in --agents orchestrator,researcher');
  if (groups.length === 0)
    problems.push('no groups: name one at least, as in --group team=orchestrator,researcher');
  for (const name of [...agents, ...groups.map(([group]) => group)]) {
    const shown = JSON.stringify(name);
    if (!isName(name)) problems.push(`the name ${shown} is not ${nameRule}`);
    else if (folderName(name).length > maxFileName)
      problems.push(`the name ${shown} is too long for a file name`);
    if (names.has(name)) problems.push(`the name ${shown} comes twice among agents and groups`);
    names.add(name);
  }
  for (const agent of agents) {
    if (agent.length > maxAgentName)
      problems.push(
        `the agent ${JSON.stringify(agent)} is longer than ${maxAgentName} characters, which is what a certificate can name`,
      );
    if (reservedAgents.includes(agent))
      problems.push(`the agent name "${agent}" is taken by a certificate of its own`);
  }
  for (const [group, members] of groups) {
    if (members.length === 0) problems.push(`the group ${JSON.stringify(group)} has no members`);
    if (new Set(members).size < members.length)
      problems.push(`the group ${JSON.stringify(group)} names a member twice`);
    for (const member of members)
      if (!agents.includes(member))
        problems.push(
          `${JSON.stringify(member)} of the group ${JSON.stringify(group)} is not among the agents`,
        );
  }
  const hosts = [
    ...(options.brokerHosts ?? []),
    ...kafkaBrokers.map((broker) => hostOfBroker(broker, problems)),
    hostOfUrl(rabbitmqUrl, problems),
  ].filter((host) => host !== '');
  for (const host of hosts)
    if (isIP(host) === 0 && !/^(?=.{1,253}$)(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(host))
      problems.push(`the broker host ${JSON.stringify(host)} is neither a DNS name nor an address`);

  if (problems.length > 0)
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `Nothing was written:\n${problems.map((one) => `- ${one}`).join('\n')}`,
    );
  return {
    folder,
    agents,
    groups: groups.map(([name, members]) => ({ name, members })),
    hosts: [
      ...new Set(
        hosts.flatMap((host) => (host === 'localhost' ? ['localhost', '127.0.0.1', '::1'] : [host])),
      ),
    ],
    kafkaBrokers,
    rabbitmqUrl,
    nowMs: options.nowMs ?? Date.now(),
  };
}

function hostOfBroker(broker: string, problems: string[]): string {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@]+)):(\d{1,5})$/.exec(broker);
  if (match !== null && Number(match[3]) >= 1 && Number(match[3]) <= 65_535) return (match[1] ?? match[2])!;
  problems.push(`the Kafka broker ${JSON.stringify(broker)} is not host:port`);
  return '';
}

/** The URL is not quoted: it may hold a password. */
function hostOfUrl(text: string, problems: string[]): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'amqps:' || url.hostname === '') {
    problems.push('the RabbitMQ URL is not amqps://host:port');
    return '';
  }
  if (url.username !== '' || url.password !== '')
    problems.push(
      'the RabbitMQ URL holds credentials: leave them out, they are made here and read from files',
    );
  return url.hostname.replace(/^\[|\]$/g, '');
}
