// Makes errors of Node.js count as errors in tests too, as they do in production: jest runs tests in a realm of its own.
const ordinary = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return this === Error
      ? Object.prototype.toString.call(value) === '[object Error]'
      : ordinary.call(this as never, value);
  },
});
