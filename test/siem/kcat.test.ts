// kcat and jq read the audit topic as a script of a SIEM team would, over TLS and SASL, with rights to read and nothing else.
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { debianTool, runCommand } from '@sealwire/testing';
import { siemLogin } from './siem-login.ts';
import { refusals, writeTrail, type OcsfEvent, type WrittenTrail } from './written-trail.ts';

const works = async (): Promise<boolean> =>
  (await runCommand('kcat', ['-V'])).code === 0 && (await runCommand('jq', ['--version'])).code === 0;
const problem = await debianTool(works, ['kcat', 'jq'], (line) => process.stderr.write(`${line}\n`));
if (problem !== null) process.stderr.write(`Skipped: kcat reads the audit topic. ${problem}\n`);

(problem === null ? describe : describe.skip)('kcat', () => {
  let trail: WrittenTrail;
  let options: string[];
  beforeAll(async () => {
    trail = await writeTrail();
    const { brokers, folder, mechanism, user, password } = await siemLogin(trail.topic);
    const settings = {
      'security.protocol': 'SASL_SSL',
      'ssl.ca.location': `${folder}/ca.crt`,
      'ssl.certificate.location': `${folder}/siem.crt`,
      'ssl.key.location': `${folder}/siem.key`,
      'sasl.mechanisms': mechanism,
      'sasl.username': user,
      'sasl.password': password,
    };
    const each = Object.entries(settings).flatMap(([name, value]) => ['-X', `${name}=${value}`]);
    options = ['-b', brokers.join(','), '-t', trail.topic, ...each];
  });

  const kcat = (args: readonly string[], input?: string) =>
    spawnSync('kcat', [...options, ...args], { encoding: 'utf8', input, timeout: 60_000 });

  test('gives as many events as stand on the topic, and jq finds the alerts', () => {
    const { stdout, status } = kcat(['-C', '-e', '-q', '-o', 'beginning']);
    expect(status).toBe(0);
    const lines = stdout.split('\n').slice(0, -1);
    process.stderr.write(`siem: ${trail.values.length} events on the topic, ${lines.length} by kcat\n`);
    expect(lines).toEqual(trail.values.map(String));
    const filter = 'select(.is_alert) | {code: .unmapped.code, alert: .unmapped.alert}';
    const alerts = spawnSync('jq', ['--compact-output', filter], { encoding: 'utf8', input: stdout });
    const found = alerts.stdout.split('\n').slice(0, -1);
    expect(
      found.map((line) => JSON.parse(line) as OcsfEvent).map((each) => [each['code'], each['alert']]),
    ).toEqual(expect.arrayContaining(Object.entries(refusals)));
    expect(found).toHaveLength(Object.keys(refusals).length);
  });

  test('is refused when it writes to the topic as the SIEM’s principal', () => {
    const { stderr, status } = kcat(['-P', '-X', 'message.timeout.ms=20000'], 'forged\n');
    expect(status).not.toBe(0);
    expect(stderr).toContain('Topic authorization failed');
  });
});
