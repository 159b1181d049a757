import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { duringAdmission } from '../src/admission.js';
import { ForwardingEmitter } from '../src/forwarding-emitter.js';
import { passErrorsIfHeard } from '../src/model-events.js';

test('events named are passed on with their arguments', () => {
  const source = new EventEmitter();
  const outer = new ForwardingEmitter(source, ['drain']);
  const seen: unknown[] = [];
  outer.on('drain', (...args: unknown[]) => seen.push(args));
  source.emit('drain', 1, 2);
  source.emit('other', 3);

  expect(seen).toEqual([[1, 2]]);
});

test('an error without a listener throws where it was emitted, as without the wrapper', () => {
  const source = new EventEmitter();
  const outer = new ForwardingEmitter(source, ['error']);
  expect(() => source.emit('error', new Error('loud'))).toThrow('loud');
  outer.on('error', () => undefined);

  expect(() => source.emit('error', new Error('heard'))).not.toThrow();
});

test('there is a handler-error listener inside exactly while there is one outside', () => {
  const source = new EventEmitter();
  const outer = new ForwardingEmitter(source, []);
  const inside = () => source.listenerCount('handler-error');
  const listener = (): void => undefined;
  expect(inside()).toBe(0);
  outer.on('handler-error', listener);
  outer.addListener('handler-error', listener);
  expect(inside()).toBe(1);
  outer.off('handler-error', listener);
  expect(inside()).toBe(1);
  outer.removeListener('handler-error', listener);
  expect(inside()).toBe(0);
  outer.once('handler-error', listener);
  expect(inside()).toBe(1);
  source.emit('handler-error', new Error('x'), 'delivery');
  expect(inside()).toBe(0);
  outer.prependListener('handler-error', listener);
  outer.prependOnceListener('handler-error', listener);
  outer.removeAllListeners();
  expect(inside()).toBe(0);
  outer.on('handler-error', listener);
  outer.removeAllListeners('handler-error');
  expect(inside()).toBe(0);
});

test('on a model that recovers an error needs no listener', () => {
  const source = new EventEmitter();
  const outer = new EventEmitter();
  passErrorsIfHeard(source, outer, true);
  expect(() => source.emit('error', new Error('x'))).not.toThrow();
  const seen: unknown[] = [];
  outer.on('error', (error) => seen.push(error));
  source.emit('error', 'heard');

  expect(seen).toEqual(['heard']);
});

test('a connection that is lost while it is set up is not handed over, and ends nothing', async () => {
  const model = new EventEmitter();
  const lost = duringAdmission(model, async () => {
    model.emit('error', new Error('reset'));
    model.emit('close');
  });

  await expect(lost).rejects.toMatchObject({ code: 'ERR_UNABLE_CONNECTION' });
  await expect(duringAdmission(model, async () => 'kept')).resolves.toBe('kept');
  expect(model.listenerCount('error')).toBe(0);
});
