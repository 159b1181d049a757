// The rotation key: what it becomes, and which contradictions are told.
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadPolicy, readPolicy } from '../src/index.js';
import { least, policyFile, problems } from './made.js';

const day = 86_400_000;
const load = (rotation: string) => {
  const file = policyFile(`${least}${rotation}`);
  return loadPolicy(file, { agent: 'spiffe://example.org/a', env: {} });
};

describe('rotation', () => {
  test('is nobody’s matter where it is left out or switched off', () => {
    expect(load('').rotation).toBeNull();
    expect(load('rotation: { enabled: false }\n').rotation).toBeNull();
  });

  test('is daily by default, and an operator’s where there is no issuer key', () => {
    expect(load('rotation: {}\n').rotation).toEqual({
      intervalMs: day,
      destroyAfterMs: 30 * day,
      destroyAfterByGroup: new Map(),
      signingValidityMs: 90 * day,
      documentValidityMs: 7 * day,
      issuer: null,
    });
  });

  test('takes fractions of hours, times of single groups, and an issuer key of each agent', () => {
    const { file, rotation } = load(`rotation:
  rotation_interval_hours: 0.5
  destroy_after: 12h
  destroy_after_by_group: { team: 1d }
  signing_validity: 7d
  directory_validity: 2d
  issuer_key_file: 'issuers/{agent}.pem'
  issuer_passphrase_env: PASS
`);
    expect(rotation).toEqual({
      intervalMs: 1_800_000,
      destroyAfterMs: day / 2,
      destroyAfterByGroup: new Map([['team', day]]),
      signingValidityMs: 7 * day,
      documentValidityMs: 2 * day,
      issuer: {
        keyFile: join(dirname(file), 'issuers', 'spiffe%3A%2F%2Fexample.org%2Fa.pem'),
        passphrase: { env: 'PASS' },
      },
    });
  });

  test.each([
    ['rotation_interval_hours: 0', 'must be a number of hours'],
    ['rotation_interval_hours: -1', 'must be a number of hours'],
    ['rotation_interval_hours: 1d', 'must be a number of hours'],
    ['rotation_interval_hours: 2161', 'must be a number of hours'],
    ['rotation_interval_hours: 1, destroy_after: 30d', 'is more than 56 rotation intervals'],
    ['destroy_after_by_group: { team: 1d }', 'gives team less than destroy_after'],
    ['issuer_key_file: x.pem', 'needs either issuer_passphrase_file or issuer_passphrase_env'],
    ['issuer_passphrase_file: x', 'needs either issuer_passphrase_file or issuer_passphrase_env'],
    ['enabeld: true', 'did you mean "enabled"?'],
  ])('%s is told to be wrong', (text, problem) => {
    expect(problems(readPolicy, `${least}rotation: { ${text} }\n`).join('\n')).toContain(problem);
  });
});
