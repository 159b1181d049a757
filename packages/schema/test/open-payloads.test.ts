// The checks of a whole policy.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SealwireError } from '@sealwire/core';
import { openPayloads, type PayloadDescription } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'sealwire-schema-'));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const short = file('short.avsc', '{"type":"string","maxLength":1}');
const longer = file('longer.avsc', '{"type":"string","maxLength":3}');

const described = (more: Partial<PayloadDescription>): PayloadDescription => ({
  channel: 'c',
  type: 't',
  contentType: 'application/json',
  framing: 'none',
  schemaFile: short,
  acceptedFiles: [],
  place: 'sealwire.yaml:9:9',
  ...more,
});

function thrown(...lines: PayloadDescription[]): SealwireError {
  try {
    openPayloads(lines);
  } catch (error) {
    if (error instanceof SealwireError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the payloads of a policy', () => {
  it('are checked by the schema that they were sent by', () => {
    const payloads = openPayloads([described({ acceptedFiles: [longer] })]);
    const check = (schema: string) => payloads.checkOf('c', 't', payloads.hashOf(schema))!;
    expect(() => check(longer)(Buffer.from('"abc"'))).not.toThrow();
    expect(() => check(short)(Buffer.from('"abc"'))).toThrow('maxLength 1');
  });

  it('never pass unchecked by mistake', () => {
    const payloads = openPayloads([described({})]);
    expect(() => payloads.checkOf('c', 't', Buffer.alloc(0))).toThrow('no such payload');
    expect(() => payloads.checkOf('c', 'u', payloads.hashOf(short))).toThrow('no such payload');
  });

  it('are told the problems of all files at once', () => {
    const bad = file('bad.avsc', '{"type":"strin"}');
    const worse = file('worse.schema.json', '{"typ":1}');
    const { code, message } = thrown(
      described({ schemaFile: bad }),
      described({ type: 'u', schemaFile: worse }),
      described({ type: 'v', contentType: 'text/plain' }),
      described({ type: 'w', schemaFile: null, framing: 'cloudevents' }),
    );
    expect(code).toBe('ERR_USAGE_SCHEMA');
    expect(message).toContain(`${bad}:1:9: /type names a type`);
    expect(message).toContain(`${worse}:1:8: /typ is not a keyword`);
    expect(message).toContain('sealwire.yaml:9:9: the message type v has an Avro schema');
    expect(message).toContain('the message type w must have content_type application/cloudevents+json');
  });

  it('need files that can be read', () => {
    expect(thrown(described({ schemaFile: join(folder, 'none.avsc') })).code).toBe('ERR_USAGE_FILE');
  });
});
