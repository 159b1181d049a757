// `sealwire schema check|diff` and what `policy check` says of schemas.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { initFolder } from '../src/index.js';
import { command, newFolder } from './made.js';

const folder = newFolder();
const file = (name: string, schema: unknown): string => {
  writeFileSync(join(folder, name), JSON.stringify(schema));
  return join(folder, name);
};
const record = (...fields: unknown[]) => ({ type: 'record', name: 'Task', fields });
const title = { name: 'title', type: 'string', maxLength: 5 };
const v1 = file('v1.avsc', record(title));
const v2 = file('v2.avsc', record({ ...title, maxLength: 9 }, { name: 'n', type: 'int', default: 0 }));
const v3 = file('v3.avsc', record(title, { name: 'n', type: 'int' }));
const bad = file('bad.avsc', record({ name: 'a', type: 'strin' }, { name: 'b', type: 'int', maxlength: 1 }));
const json = file('a.schema.json', { type: 'object' });

describe('schema check', () => {
  test('prints what names a schema', async () => {
    const { exitCode, out } = await command('schema', 'check', v1, json, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      schemas: [
        { file: v1, problem: null, kind: 'avro', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
        { file: json, kind: 'json-schema', fingerprints: null },
      ],
    });
    expect((await command('schema', 'check', v1)).out).toMatch(
      /is good \(Avro\)\.\n {2}hash .*\n {2}CRC-64 /,
    );
  });

  test('tells every problem of every file, and fails', async () => {
    const { exitCode, out } = await command('schema', 'check', bad, v1, join(folder, 'none.avsc'));
    expect(exitCode).toBe(1);
    expect(out).toContain(`${bad}:1:`);
    expect(out).toContain('/fields/0/type names a type');
    expect(out).toContain('did you mean maxLength?');
    expect(out).toContain('v1.avsc is good');
    expect(out).toContain('ERR_USAGE_FILE');
  });
});

describe('schema diff', () => {
  test('passes what is compatible both ways, and lists constraints', async () => {
    const { exitCode, out } = await command('schema', 'diff', v1, v2);
    expect(exitCode).toBe(0);
    expect(out).toContain('Backward (new reads old): compatible');
    expect(out).toContain('+ /title: maxLength 9\n- /title: maxLength 5');
  });

  test('fails where a direction that is asked for does not hold', async () => {
    const both = await command('schema', 'diff', v1, v3, '--json');
    expect(both.exitCode).toBe(1);
    expect(JSON.parse(both.out)).toMatchObject({
      ok: false,
      direction: 'both',
      backward: ['/n: is not written, and has no default'],
      forward: [],
      sameBytes: false,
    });
    expect((await command('schema', 'diff', v1, v3, '--direction', 'forward')).exitCode).toBe(0);
    expect((await command('schema', 'diff', v1, v3, '--direction', 'backward')).exitCode).toBe(1);
    expect((await command('schema', 'diff', v1, bad)).exitCode).toBe(1);
  });

  test.each([
    [['schema', 'diff', v1, json]],
    [['schema', 'diff', v1, v2, '--direction', 'sideways']],
    [['schema', 'diff', v1]],
    [['schema', 'check']],
  ])('and check know a wrong command line: %j', async (words) => {
    expect((await command(...words)).exitCode).toBe(2);
  });

  test('and check have help with examples', async () => {
    for (const name of ['check', 'diff']) {
      const { exitCode, out } = await command('schema', name, '--help');
      expect([exitCode, out.includes('Examples:'), out.includes('Exit codes: 0')]).toEqual([0, true, true]);
    }
  });
});

test('policy check compiles the schemas that a policy names', async () => {
  const { policyFile } = await initFolder({ folder: join(newFolder(), 'p'), agents: ['a'] });
  const text = readFileSync(policyFile, 'utf8');
  const check = async (schema: string) => {
    const changed = text.replaceAll('content_type: application/json', `$&\n        schema: '${schema}'`);
    expect(changed).not.toBe(text);
    const other = join(dirname(policyFile), 'other.yaml');
    writeFileSync(other, changed);
    return command('policy', 'check', other);
  };
  expect((await check(v1)).out).toContain('payload schemas');
  const refused = await check(bad);
  expect([refused.exitCode, refused.err.includes('ERR_USAGE_SCHEMA')]).toEqual([1, true]);
});
