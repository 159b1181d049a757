// No name or password can break out of the configuration it is written into.
import { describe, expect, test } from '@jest/globals';
import { checkUsers } from '../src/check-users.js';
import { fillTemplate } from '../src/fill-template.js';

const usageError = expect.objectContaining({ code: 'ERR_USAGE_ARGUMENT' });
const user = (name: string, password = 'long-enough=') => ({ name, password });
const thrownBy = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    return error;
  }
};

describe('users of brokers', () => {
  test('ordinary names and base64 passwords are taken', () => {
    expect(() => checkUsers([user('alice'), user('Bob.x-y_2', 'aB3+/aB3+/==')])).not.toThrow();
  });

  test.each(['', 'a b', 'a"b', 'a;b', 'a=b', '-a', 'a\n', 'sealwire-broker'])(
    'the name %j is refused',
    (name) => {
      expect(thrownBy(() => checkUsers([user(name)]))).toEqual(usageError);
    },
  );

  test.each([
    'short',
    'has"quote-in-it',
    'back\\slash-in-it',
    'comma,in-it-here',
    'bracket]in-it',
    'line\nbreak-in-it',
  ])('the password %j is refused, and not repeated in the error', (password) => {
    const error = thrownBy(() => checkUsers([user('alice', password)]));
    expect(error).toEqual(usageError);
    expect(String(error)).not.toContain(password);
  });

  test('a name that comes twice is refused', () => {
    expect(thrownBy(() => checkUsers([user('alice'), user('alice')]))).toEqual(usageError);
  });
});

describe('templates', () => {
  test('a name without a value is refused', () => {
    expect(thrownBy(() => fillTemplate('rabbitmq/rabbitmq.conf', {}))).toEqual(usageError);
  });

  test('a value with a line break is refused', () => {
    const call = () =>
      fillTemplate('rabbitmq/rabbitmq.conf', { bind: '127.0.0.1\nlisteners.tcp.1', port: 1 });
    expect(thrownBy(call)).toEqual(usageError);
  });
});
