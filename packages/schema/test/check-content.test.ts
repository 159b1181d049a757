import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkContent } from '../src/index.js';

const check = (type: string, payload: string | Buffer) => () =>
  checkContent(type)?.(Buffer.from(payload as string));

describe('the content check', () => {
  it('passes every JSON text on JSON types', () => {
    fc.assert(fc.property(fc.json(), (json) => check('application/json', json)()));
    expect(check('application/cloudevents+json', '{}')).not.toThrow();
  });

  it('refuses what is not one JSON text, and quotes nothing of it', () => {
    for (const text of ['', '{', '{} {}', 'secret', '{"a":1,}', '\ufeff{}']) {
      expect(check('application/json', text)).toThrow(
        expect.objectContaining({ code: 'ERR_VALIDATION_PAYLOAD' }),
      );
    }
    expect(check('application/json', 'secret')).not.toThrow(/secret/);
  });

  it('refuses what is not UTF-8 on text types', () => {
    expect(check('text/plain', Buffer.from([0xff]))).toThrow('UTF-8');
    expect(check('application/json', Buffer.from([0x22, 0xff, 0x22]))).toThrow('UTF-8');
  });

  it('is not put off by parameters or case', () => {
    expect(check('Application/JSON; charset=utf-8', '{')).toThrow('not JSON');
    expect(check('text/plain;charset=utf-8', Buffer.from([0xff]))).toThrow('UTF-8');
  });

  it('checks nothing where it knows nothing', () => {
    expect(checkContent('application/octet-stream')).toBeNull();
    expect(checkContent('avro/binary')).toBeNull();
  });
});
