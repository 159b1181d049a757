// What stands around the data: Confluent's frame, CloudEvents.
import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import { avro, jsonSchema, violations } from './made-schemas.js';

const schema = avro({ type: 'record', name: 'R', fields: [{ name: 'n', type: 'int', maximum: 9 }] });
const bytes = (n: number) =>
  avsc.Type.forSchema({ type: 'record', name: 'R', fields: [{ name: 'n', type: 'int' }] }).toBuffer({ n });
const frame = Buffer.from([0, 0, 0, 1, 7]);

describe('a Confluent frame', () => {
  const check = (payload: Buffer, given: typeof schema | null = schema, type = 'application/octet-stream') =>
    violations(given, payload, type, 'confluent');

  it('must be there, and what follows it is checked', () => {
    expect(check(Buffer.concat([frame, bytes(9)]))).toEqual([]);
    expect(check(Buffer.concat([frame, bytes(10)]))).toEqual(['/n: maximum 9']);
    for (const bad of [
      bytes(9),
      Buffer.alloc(0),
      Buffer.concat([Buffer.from([1]), frame]),
      frame.subarray(0, 4),
    ])
      expect(check(bad)).toEqual(['/: begins with 00 and the four bytes of a schema id']);
  });

  it('may hold anything where there is no schema, and JSON where its content type says so', () => {
    expect(check(Buffer.concat([frame, Buffer.from('junk')]), null)).toEqual([]);
    expect(check(Buffer.concat([frame, Buffer.from('{"n":10}')]), schema, 'application/json')).toEqual([
      '/n: maximum 9',
    ]);
    expect(check(Buffer.concat([frame, Buffer.from('{')]), null, 'application/json')).toHaveLength(1);
  });
});

describe('a structured CloudEvent', () => {
  const event = { specversion: '1.0', id: '1', source: '/a', type: 't' };
  const check = (payload: unknown, given: ReturnType<typeof jsonSchema> | null = schema) =>
    violations(given, payload, 'application/cloudevents+json', 'cloudevents');

  it('has its data checked, as JSON and as base64', () => {
    expect(check({ ...event, data: { n: 9 } })).toEqual([]);
    expect(check({ ...event, data: { n: 10 } })).toEqual(['/data/n: maximum 9']);
    const avroData = (n: number) => ({
      ...event,
      datacontenttype: 'application/avro',
      data_base64: bytes(n).toString('base64'),
    });
    expect(check(avroData(9))).toEqual([]);
    expect(check(avroData(10))).toEqual(['/data_base64/n: maximum 9']);
    const json = Buffer.from('{"n":10}').toString('base64');
    expect(check({ ...event, datacontenttype: 'application/json', data_base64: json })).toEqual([
      '/data_base64/n: maximum 9',
    ]);
  });

  it.each([
    [{ ...event, id: '' }, '/id: required'],
    [{ ...event, specversion: '0.3' }, '/specversion: 1.0'],
    [{ ...event, Secret: 1 }, '/*: attribute name of lower-case letters and digits'],
    [{ ...event, data: 1, data_base64: '' }, '/: either data or data_base64'],
    [{ ...event, ext: {} }, '/*: attribute that is no object or array'],
    [[], '/: CloudEvent'],
  ])('is refused as %j', (payload, violation) => {
    expect(check(payload, null)).toEqual([violation]);
  });

  it('needs data where there is a schema, in a form that can be checked', () => {
    expect(check(event)).toEqual(['/data: required']);
    expect(check(event, null)).toEqual([]);
    expect(check({ ...event, datacontenttype: 'text/xml', data: '<a/>' })).toHaveLength(1);
    expect(check({ ...event, datacontenttype: 'text/xml', data_base64: 'AAE=' })).toHaveLength(1);
    expect(check({ ...event, data_base64: 'AAE' })).toEqual(['/data_base64: base64']);
  });
});
