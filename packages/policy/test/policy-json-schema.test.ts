// The JSON Schema for editors: it takes what is a policy, and finds what somebody misspelt.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { controls, policyJsonSchema, readPolicy } from '../src/index.js';
import { least, policyFile, thrown } from './made.js';

const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  policyJsonSchema(),
);
/** As an editor reads it, with YAML’s own types. */
const faults = (text: string): string[] => {
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
};

test('the file beside the package is this schema', () => {
  const file = readFileSync(new URL('../sealwire.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(file)).toEqual(policyJsonSchema());
});

describe('a policy', () => {
  const whole = `${least}rotation: { rotation_interval_hours: 0.5, destroy_after: 1d }
quarantine: { on_reject: halt }
limits: { max_message: 65536 }
replay: { store: { sqlite: { file: a.db, max_size: 2MiB } } }
channel_security: { tls: { min_version: 1.3, mtls: false }, websockets: { enabled: true } }
agent_encryption: { key_length: 256, algorithm: AES-256-GCM }
`;

  test('passes, whether its values are quoted or not', () => {
    for (const text of [least, whole, whole.replaceAll(/: ([\w.-]+)( |,|\n)/g, ": '$1'$2")])
      expect(faults(text)).toEqual([]);
    expect(() => readPolicy(policyFile(whole))).not.toThrow();
  });

  test.each([
    ['relam: x\n', ' additionalProperties'],
    ['quarantine: { on_reject: drp }\n', '/quarantine/on_reject enum'],
    ['quarantine: { on_reject: [drop] }\n', '/quarantine/on_reject enum'],
    ['freshness: { skew: [1s] }\n', '/freshness/skew type'],
    [
      'message_validation: { signatures: { enabled: false } }\n',
      '/message_validation/signatures/enabled enum',
    ],
    [
      'communication_audit: { logging: { log_fields: [sender] } }\n',
      '/communication_audit/logging/log_fields/0 enum',
    ],
  ])('with %j is told at its place, and refused when it is read', (more, fault) => {
    expect(faults(`${least}${more}`)).toEqual([fault]);
    expect(thrown(() => readPolicy(policyFile(`${least}${more}`))).code).toBe('ERR_USAGE_POLICY');
  });

  test('without what it needs is told', () => {
    expect(faults('version: 1\n')).toEqual(['realm', 'directory', 'keys', 'channels'].map(() => ' required'));
  });
});

test('says of every control what it means', () => {
  for (const { key, meaning } of controls) {
    const field = key
      .split('.')
      .reduce<Schema>((part, step) => part.properties![step]!, policyJsonSchema() as unknown as Schema);
    expect(field.description?.toLowerCase()).toContain(meaning.toLowerCase());
  }
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}
