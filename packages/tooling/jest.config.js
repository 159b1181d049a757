// Two projects: unit tests need nothing, the others need real brokers, which their global set-up starts once.
const shared = {
  rootDir: new URL('../..', import.meta.url).pathname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@sealwire/([a-z-]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^sealwire$': '<rootDir>/packages/sealwire/src/index.ts',
  },
};

export default {
  // For what hangs, not for what is slow: machines are shared, and key files are made to take their time.
  testTimeout: 600_000,
  // Tests of brokers mostly wait: two at a time keep two cores busy, where jest would leave one of them free.
  maxWorkers: 2,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/packages/*/test/**/*.test.ts',
        '<rootDir>/test/conformance/**/*.test.ts',
        '<rootDir>/test/crash/{account-*,collect,taken}.test.ts',
      ],
    },
    {
      ...shared,
      displayName: 'brokers',
      testMatch: [
        '<rootDir>/test/{journey,attack,connections,kafka,rabbitmq,redis,siem,integrations}/**/*.test.ts',
        '<rootDir>/test/crash/crash.test.ts',
      ],
      globalSetup: '<rootDir>/test/set-up.js',
      globalTeardown: '<rootDir>/test/tear-down.js',
    },
  ],
};
