// Debian's rsyslogd, as it is, under the configuration that SIEM teams are given.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianTool, runCommand, startGuarded, type GuardedProcess } from '@sealwire/testing';
import type { SiemLogin } from './siem-login.ts';

const template = new URL('../../packages/audit/siem/rsyslog.conf', import.meta.url).pathname;
const program = '/usr/sbin/rsyslogd';

async function works(): Promise<boolean> {
  if (!existsSync(program)) return false;
  const modules = ['imkafka', 'mmjsonparse'].map((name) => `module(load="${name}")`);
  const { code } = await runCommand('/bin/sh', [
    '-c',
    `printf '%s\\n' '${[...modules, 'action(type="omfile" file="/dev/null")'].join("' '")}' | ${program} -N1 -f /dev/stdin`,
  ]);
  return code === 0;
}

/** Why there is no rsyslog with imkafka here; `null` where there is. Installs it where that is allowed. */
export const rsyslogProblem = (): Promise<string | null> =>
  debianTool(works, ['rsyslog', 'rsyslog-kafka'], (line) => process.stderr.write(`${line}\n`));

export interface Rsyslog {
  /** Where its files are. */
  readonly folder: string;
  /** Lines of one of its files; none where it is not there yet. */
  lines(file: 'events.jsonl' | 'alerts.jsonl' | 'topic.jsonl' | 'foreign.log'): string[];
  /** What it says of itself. */
  log(): string;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** The configuration as it stands in the repository, with places filled in: each must be there. */
export function filledIn(places: Readonly<Record<string, string>>): string {
  let text = readFileSync(template, 'utf8');
  for (const [place, value] of Object.entries(places)) {
    if (!text.includes(place)) throw new Error(`${place} does not stand in rsyslog.conf`);
    text = text.replaceAll(place, value);
  }
  return text;
}

export async function startRsyslog(topic: string, login: SiemLogin, folder: string): Promise<Rsyslog> {
  const config = join(folder, 'rsyslog.conf');
  const logFile = join(folder, 'rsyslogd.log');
  const text = filledIn({
    '"broker-1.example.com:9093"': login.brokers.map((broker) => `"${broker}"`).join(', '),
    'topic="sealwire.audit"': `topic="${topic}"`,
    'consumergroup="siem"': `consumergroup="${login.group}"`,
    '/etc/sealwire/siem': login.folder,
    'sasl.mechanisms=SCRAM-SHA-512': `sasl.mechanisms=${login.mechanism}`,
    'sasl.username=siem': `sasl.username=${login.user}`,
    '/var/log/sealwire': folder,
    '/var/spool/rsyslog': folder,
  });
  writeFileSync(join(folder, 'sealwire.conf'), text, { mode: 0o600 });
  // As Debian has it: a configuration that includes others, and what rsyslog says of itself in a file.
  writeFileSync(
    config,
    `include(file="${folder}/sealwire.conf")\nsyslog.* action(type="omfile" file="${logFile}")\n`,
  );
  const checked = await runCommand(program, ['-N1', '-f', config]);
  if (checked.code !== 0) throw new Error(`rsyslogd does not take the configuration: ${checked.output}`);
  const guarded: GuardedProcess = startGuarded(
    [program, '-n', '-f', config, '-i', join(folder, 'rsyslogd.pid')],
    { logFile },
  );
  const read = (file: string): string =>
    existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '';
  return {
    folder,
    lines: (file) => read(file).split('\n').slice(0, -1),
    log: () => read('rsyslogd.log'),
    stop: () => guarded.end(false),
  };
}
