// The security team’s own words: every key is enforced, refused with a reason, or told to be still to come.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { acknowledgementOf } from '../src/controls/all-controls.js';
import { controls, loadPolicy, readPolicy, type Control } from '../src/index.js';
import { head, least, oneChannel, policyFile, problems } from './made.js';

/** As a security team writes them. */
const blocks = `agent_encryption:
  enabled: true
  algorithm: "AES-256-GCM"
  key_length: 256
  key_exchange: "ECDH"
  encryption: { encrypt_all: true }
  rotation: { enabled: true, rotation_interval_hours: 24 }
message_validation:
  enabled: true
  signatures: { enabled: true, algorithm: "ECDSA", curve: "P-256" }
  mac: { enabled: true, algorithm: "HMAC-SHA256" }
  format_validation: { enabled: true }
  replay_prevention: { enabled: true }
channel_security:
  enabled: true
  tls: { enabled: true, min_version: "1.3", mtls: true }
  message_queues: { enabled: true, encryption_at_rest: true, encryption_in_transit: true }
  websockets: { enabled: true }
  isolation: { enabled: true }
communication_audit:
  enabled: true
  logging:
    log_all_messages: true
    log_fields: [sender_id, recipient_id, timestamp, message_type, message_hash, channel, encryption_status]
  storage: { type: "database", retention_days: 365, encryption: true }
  alerts:
    enabled: true
    alert_on: [unusual_pattern, unauthorised_communication, validation_failure, encryption_failure]
  compliance: { enabled: true, reports: [soc2_communication, gdpr_data_in_transit] }
`;

const told = (text: string): string[] => problems(readPolicy, text);
const load = (text: string) => loadPolicy(policyFile(text), { agent: 'alice', env: {} });

/** A policy that states one dotted key. */
function stating(...lines: readonly (readonly [key: string, value: string])[]): string {
  const root: Record<string, unknown> = {};
  for (const [key, value] of lines) {
    const steps = key.split('.');
    const last = steps.pop()!;
    let part = root;
    for (const step of steps) part = (part[step] ??= {}) as Record<string, unknown>;
    part[last] = value.startsWith('[') ? (JSON.parse(value) as unknown) : value;
  }
  return `${least}${Object.entries(root)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('')}`;
}

const day = (fromNow: number): string =>
  new Date(Date.now() + fromNow * 86_400_000).toISOString().slice(0, 10);
const good = ({ takes }: Control): string => {
  if ('one' in takes) return takes.one[0]!;
  if ('some' in takes) return JSON.stringify(takes.some);
  return 'hours' in takes ? '24' : String(takes.from);
};

test('the four blocks, exactly as a security team writes them, are a valid policy', () => {
  const { controls: stated, rotation } = load(`${least}${blocks}`);
  expect(stated.map(({ key }) => key)).toEqual(controls.map(({ key }) => key));
  expect(stated.every(({ weakUntilMs }) => weakUntilMs === null)).toBe(true);
  expect(rotation).toMatchObject({ intervalMs: 86_400_000, issuer: null });
});

test('a file that states none has none, and is not weaker for it', () => {
  expect(load(least).controls).toEqual([]);
});

test('what is still to come is told apart: websockets, storage, alerts and compliance, and nothing else', () => {
  const later = load(`${least}${blocks}`).controls.filter(({ standing }) => standing !== 'enforced');
  expect(new Set(later.map(({ key }) => key.split('.').slice(0, 2).join('.')))).toEqual(
    new Set([
      'channel_security.websockets',
      'communication_audit.storage',
      'communication_audit.alerts',
      'communication_audit.compliance',
    ]),
  );
});

describe.each(controls.map((control) => [control.key, control] as const))('%s', (key, control) => {
  test('takes what the table says, and says of anything else what it takes and why', () => {
    expect(load(stating([key, good(control)])).controls).toMatchObject([{ key, weakUntilMs: null }]);
    const [problem, ...more] = told(stating([key, 'maybe']));
    expect(more).toEqual([]);
    expect(problem).toContain(`${key} must be `);
    expect(problem).toContain(control.why);
  });
});

describe('a value that weakens', () => {
  const weak = controls.filter((control) => control.weak !== undefined);

  test.each(weak.map(({ key, weak: value }) => [key, value!] as const))(
    '%s: %s needs an acknowledgement with a date that is not over and not far away',
    (key, value) => {
      const until = acknowledgementOf(key);
      expect(told(stating([key, value]))).toEqual([expect.stringContaining('weakens what is protected')]);
      expect(load(stating([key, value], [until, day(30)])).controls).toEqual([
        expect.objectContaining({ key, value, weakUntilMs: Date.parse(`${day(31)}T00:00:00Z`) }),
      ]);
      expect(load(stating([key, value], [until, day(0)])).controls).toHaveLength(1);
      for (const [date, problem] of [
        [day(-1), 'is over; remove it'],
        [day(400), 'is more than a year away'],
        ['2027-02-30', 'must be a date such as'],
        ['soon', 'must be a date such as'],
      ] as const)
        expect(told(stating([key, value], [until, date]))).toEqual([expect.stringContaining(problem)]);
      expect(told(stating([until, day(30)]))).toEqual([
        expect.stringContaining('acknowledges nothing; remove it.'),
      ]);
    },
  );

  test('is one of these two, and nothing that protects a message', () => {
    expect(weak.map(({ key }) => key)).toEqual([
      'agent_encryption.rotation.enabled',
      'channel_security.tls.min_version',
    ]);
  });
});

describe('rotation', () => {
  test('may stand in either place, or in both where they say the same', () => {
    const said = (text: string) => load(`${least}${text}`).rotation?.intervalMs;
    expect(said('agent_encryption: { rotation: { rotation_interval_hours: 18 } }\n')).toBe(64_800_000);
    expect(
      said(
        'agent_encryption: { rotation: { enabled: true, rotation_interval_hours: 12.0 } }\nrotation: { rotation_interval_hours: 12, destroy_after: 1d }\n',
      ),
    ).toBe(43_200_000);
  });

  test('that is no map is told, also where the other place says something', () => {
    for (const wrong of ['daily', '[24]']) {
      const text = `${least}agent_encryption: { rotation: { rotation_interval_hours: 18 } }\nrotation: ${wrong}\n`;
      expect(told(text)).toEqual([expect.stringContaining('rotation must be a map of enabled,')]);
    }
  });

  test('that differs in the two places is told', () => {
    const text = `${least}agent_encryption: { rotation: { enabled: true, rotation_interval_hours: 12 } }\nrotation: { enabled: false, rotation_interval_hours: 24 }\n`;
    expect(told(text)).toEqual([
      expect.stringContaining('agent_encryption.rotation.enabled says otherwise than rotation.enabled'),
      expect.stringContaining('says otherwise than rotation.rotation_interval_hours; keep one of them.'),
    ]);
  });
});

test('mtls is held against every connection of the file', () => {
  const connections = (kafka: string) =>
    `${head}connections:\n  kafka: { tls: { ca_file: ca.pem${kafka} }, sasl: { mechanism: PLAIN, username: a, password_env: P } }\n${oneChannel}channel_security: { tls: { mtls: true } }\n`;
  expect(told(connections(''))).toEqual([
    expect.stringContaining(
      'connections.kafka lacks a client certificate: channel_security.tls.mtls is true; write tls.cert_file.',
    ),
  ]);
  expect(load(connections(', cert_file: a.pem, key_file: a.key')).controls).toHaveLength(1);
});

test('isolation is held against every connection of the file', () => {
  const connections = (networks: string) =>
    `${head}connections:\n  kafka: { tls: { ca_file: ca.pem, cert_file: a.pem, key_file: a.key }${networks} }\n${oneChannel}channel_security: { isolation: { enabled: true } }\n`;
  expect(told(connections(''))).toEqual([
    expect.stringContaining(
      'connections.kafka lacks its networks: channel_security.isolation.enabled is true; write allowed_networks.',
    ),
  ]);
  expect(load(connections(', allowed_networks: [10.0.0.0/8]')).controls).toHaveLength(1);
});

test('a misspelt key is told, with the one that was meant', () => {
  expect(told(`${least}message_validation: { signature: { enabled: true } }\n`)).toEqual([
    expect.stringContaining('message_validation.signature is not known here; did you mean "signatures"?'),
  ]);
  expect(told(`${least}agent_encyption: {}\n`)).toEqual([
    expect.stringContaining('did you mean "agent_encryption"?'),
  ]);
});

test('the table in the README says of each control what it takes, what it means, and whether it is enforced', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `([a-z_.]+)` +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)].map(
    ([, ...cells]) => cells,
  );
  const table = rows.filter(([key]) => controls.some((control) => control.key === key));
  expect(table).toEqual(
    controls.map((control) => [control.key, takenBy(control), control.meaning, control.standing]),
  );
});

function takenBy({ takes, weak }: Control): string {
  if ('one' in takes)
    return takes.one.map((word) => `\`${word}\`${word === weak ? ' until a date' : ''}`).join(', ');
  if ('some' in takes) return takes.some.map((word) => `\`${word}\``).join(', ');
  return 'hours' in takes ? 'hours' : `${takes.from} to ${takes.to}`;
}
