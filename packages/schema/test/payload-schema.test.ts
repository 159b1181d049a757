// Avro schema files: every problem with its place, and what names a schema.
import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '../src/canonical-json.js';
import { parsingCanonicalForm } from '../src/fingerprints.js';
import {
  compileSchema,
  fingerprints,
  incompatibilities,
  listedConstraints,
  loadSchema,
} from '../src/index.js';
import { avro, avroText, problems, task } from './made-schemas.js';

const record = (...fields: unknown[]) => ({ type: 'record', name: 'R', fields });

describe('an Avro schema file', () => {
  it('is told all its problems at once, by line and column', () => {
    const text = `{"type": "record", "name": "R", "fields": [
  {"name": "a", "type": "strin"},
  {"name": "b", "type": "int", "maxlength": 3},
  {"name": "c", "type": "string", "pattern": "(a)\\\\1", "exclusiveMinimum": 2},
  {"name": "b", "type": ["int", "int"], "default": "x"}
]}`;
    expect(problems(() => avroText(text)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      '2:25: /fields/0/type',
      '3:45: /fields/1/maxlength',
      '4:46: /fields/2/pattern',
      '4:76: /fields/2/exclusiveMinimum',
      '5:12: /fields/3/name',
      '5:33: /fields/3/type/1',
      '5:52: /fields/3/default',
    ]);
  });

  it.each([
    ['{"type": "int",}', '1:16: is no name'],
    ['{"type": "int", "type": "long"}', '1:17: the schema has the name "type" twice'],
    ['{"__proto__": 1}', '1:2: has a name that is not allowed'],
    ['"int" "int"', '1:7: stands behind the end'],
    ['['.repeat(200), '1:102: is nested too deeply'],
    ['{"type":"record","name":"X","fields":[{"name":"x","type":"X"}]}', '1:1: This is no Avro schema'],
    ['{"type":"string","maxLength":-1}', '1:30: /maxLength must be a whole number'],
    ['{"type":"int","maxLength":1}', '1:27: /maxLength does not apply here'],
    ['{"type":"string","minLength":2,"maxLength":1}', '1:30: /minLength is more than maxLength'],
    ['{"type":"string","format":"uid"}', '1:27: /format must be one of'],
    ['{"type":"record","name":"X","fields":[{"name":"constructor","type":"int"}]}', '1:47: /fields/0/name'],
  ])('is refused as %s', (text, problem) => {
    const [found, ...more] = problems(() => avroText(text));
    expect(found).toContain(problem);
    expect(more).toEqual([]);
  });

  it('must be UTF-8, of 1 MiB at most, readable and of a known kind', () => {
    expect(() => compileSchema('a.avsc', Buffer.from([0xff]))).toThrow('not UTF-8');
    expect(() => compileSchema('a.avsc', Buffer.alloc(1024 * 1024 + 1, ' '))).toThrow('1 MiB');
    expect(() => compileSchema('a.proto', Buffer.from(''))).toThrow('.avsc');
    expect(() => loadSchema('/nowhere/a.avsc')).toThrow(expect.objectContaining({ code: 'ERR_USAGE_FILE' }));
  });

  it('may have attributes of its own that look like no constraint', () => {
    expect(
      problems(() => avro({ type: 'long', logicalType: 'timestamp-millis', 'connect.name': 'x' })),
    ).toEqual([]);
  });
});

describe('the hash of a schema', () => {
  it('is the same in any layout and order of names, and another with any other constraint', () => {
    const one = avroText('{"type":"string","maxLength":5}').hash;
    expect(avroText('{ "maxLength": 5,\n "type": "string" }').hash).toEqual(one);
    expect(avroText('{"type":"string","maxLength":6}').hash).not.toEqual(one);
    expect(one.toString('hex')).toBe('5bc0e94ec37cfdd005cca7a10b71fc9f392bd6f542d10a718955017e76e85e8e');
  });

  it('is of JSON in the form of RFC 8785', () => {
    const value = { '€': 1e21, '\r': [0.000001, -0, null], b: { 2: true, 10: 'a"\u0001' } };
    expect(canonicalJson(value)).toBe(
      '{"\\r":[0.000001,0,null],"b":{"10":"a\\"\\u0001","2":true},"€":1e+21}',
    );
  });
});

describe('fingerprints', () => {
  // From share/test/data/schema-tests.txt of Apache Avro.
  it.each([
    ['"null"', '"null"', 7195948357588979594n],
    ['{"type":"string"}', '"string"', -8142146995180207161n],
    ['[ "int" , {"type":"boolean"} ]', '["int","boolean"]', 5392556393470105090n],
    [
      '{"fields":[], "type":"record", "name":"a.b.foo", "namespace":"x.y"}',
      '{"name":"a.b.foo","type":"record","fields":[]}',
      -4616218487480524110n,
    ],
    [
      '{"namespace":"x.y.z", "type":"enum", "name":"foo", "doc":"foo bar", "symbols":["A1", "A2"]}',
      '{"name":"x.y.z.foo","type":"enum","symbols":["A1","A2"]}',
      -4448647247586288245n,
    ],
    [
      '{"namespace":"x.y.z", "type":"fixed", "name":"foo", "doc":"foo bar", "size":32}',
      '{"name":"x.y.z.foo","type":"fixed","size":32}',
      -3064184465700546786n,
    ],
    ['{ "items":{"type":"null"}, "type":"array"}', '{"type":"array","items":"null"}', -589620603366471059n],
    ['{ "values":"string", "type":"map"}', '{"type":"map","values":"string"}', -8732877298790414990n],
    [
      '{"name":"PigValue","type":"record","fields":[{"name":"value","type":["null","int","long","PigValue"]}]}',
      '{"name":"PigValue","type":"record","fields":[{"name":"value","type":["null","int","long","PigValue"]}]}',
      -1759257747318642341n,
    ],
  ])('of %s are those of Apache Avro', (text, canonical, fingerprint) => {
    const type = avroText(text).type!;
    expect(parsingCanonicalForm(type)).toBe(canonical);
    expect(fingerprints(type).crc64).toBe(BigInt.asUintN(64, fingerprint).toString(16).padStart(16, '0'));
  });
});

describe('compatibility', () => {
  const between = (reader: unknown, writer: unknown) =>
    incompatibilities(avro(reader).type!, avro(writer).type!);

  it.each([
    ['long', 'int', []],
    ['int', 'long', ['/: long cannot be read as int']],
    ['bytes', 'string', []],
    [['null', 'double'], 'int', []],
    ['int', ['null', 'int'], ['/: null cannot be read as int']],
    [record({ name: 'a', type: 'int' }), record(), ['/a: is not written, and has no default']],
    [record({ name: 'a', type: 'int', default: 1 }), record({ name: 'b', type: 'int' }), []],
    [record({ name: 'a', type: 'int', aliases: ['b'] }), record({ name: 'b', type: 'int' }), []],
    [task, task, []],
    [
      { type: 'enum', name: 'E', symbols: ['A'] },
      { type: 'enum', name: 'E', symbols: ['A', 'B'] },
      ['/: the symbols B are not known, and the enum has no default'],
    ],
    [
      { type: 'enum', name: 'E', symbols: ['A'], default: 'A' },
      { type: 'enum', name: 'E', symbols: ['A', 'B'] },
      [],
    ],
    [
      { type: 'fixed', name: 'F', size: 1 },
      { type: 'fixed', name: 'F', size: 2 },
      ['/: F has 2 bytes, not 1'],
    ],
    [{ ...record(), name: 'S' }, record(), ['/: R is another type than S; give it an alias']],
    [{ ...record(), name: 'S', aliases: ['R'] }, record(), []],
    [{ type: 'array', items: 'int' }, { type: 'map', values: 'int' }, ['/: map cannot be read as array']],
  ])('of reader %j with writer %j', (reader, writer, expected) => {
    expect(between(reader, writer)).toEqual(expected);
  });

  it('says nothing of constraints, which are listed for themselves', () => {
    expect(between({ type: 'string', maxLength: 1 }, 'string')).toEqual([]);
    expect(listedConstraints(avro(task).type!)).toEqual([
      '/id: format uuid',
      '/title: minLength 1',
      '/title: maxLength 12',
      '/priority: minimum 1',
      '/priority: maximum 5',
      '/tools: maxItems 3',
      '/tools/*: pattern ^[a-z_]+$',
      '/budget: minimum 0',
      '/labels/*: maxLength 5',
    ]);
  });
});
