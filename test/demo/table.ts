// The report as a table for people.
import type { Report } from './report.ts';
import type { Transport } from '../attack/wire-record.ts';

const columns = [28, 38, 38] as const;

/** @param faults sentences; none where all is well */
export function tableOf(report: Report, faults: readonly string[]): string {
  const { kafka, rabbitmq, attacks, audit, seconds, maxRssMB } = report;
  const number = (value: number): string => value.toLocaleString('en');
  const both = (name: string, value: (transport: Report[Transport]) => string): string =>
    row(name, value(kafka), value(rabbitmq));
  const yes = (holds: boolean): string => (holds ? 'yes' : 'NO');
  const verdict = (name: string, transport: Transport): string => {
    const found = attacks.find((attack) => attack.name === name && attack.transport === transport);
    if (found === undefined) return '–';
    return `${found.refused ? 'refused' : 'NOT REFUSED'}, ${found.code ?? 'no single code'}`;
  };
  const notes = attacks.flatMap(({ transport, name, note }) =>
    note === undefined ? [] : [`${name} on ${transport}: ${note}.`],
  );
  return [
    row('', 'Kafka', 'RabbitMQ'),
    line(),
    both('sent', ({ sent }) => number(sent)),
    both('delivered', ({ delivered }) => number(delivered)),
    both('conversations in order', ({ inOrder }) => yes(inOrder)),
    both('byte for byte the same', ({ identical }) => yes(identical)),
    both('found in broker’s files', ({ plaintextHits }) => number(plaintextHits)),
    line(),
    ...[...new Set(attacks.map(({ name }) => name))].map((name) =>
      row(name, verdict(name, 'kafka'), verdict(name, 'rabbitmq')),
    ),
    line(),
    `audited: ${number(audit.sent)} sent, ${number(audit.received)} received, ${number(audit.rejected)} rejected; verified: ${yes(audit.verified)}, a removed event named: ${yes(audit.removalNamed)}`,
    `${seconds} s, ${maxRssMB} MB at most`,
    ...notes,
    '',
    ...(faults.length === 0 ? ['All is as it should be.'] : ['NOT as it should be:', ...faults]),
    '',
  ].join('\n');
}

function row(...cells: [string, string, string]): string {
  return cells
    .map((cell, i) => cell.padEnd(columns[i]!))
    .join('')
    .trimEnd();
}

const line = (): string => '─'.repeat(columns[0] + columns[1] + columns[2]);
