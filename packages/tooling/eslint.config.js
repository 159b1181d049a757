// Typed lint rules, and the import rules that keep the package list the architecture.
import tseslint from 'typescript-eslint';

const root = new URL('../..', import.meta.url).pathname;

/** Which package may import a third-party library: one each. */
const homeOf = {
  kafkajs: 'kafka',
  amqplib: 'amqp',
  'amqp-connection-manager': 'amqp-connection-manager',
  yaml: 'policy',
  zod: 'policy',
  pino: 'audit',
  commander: 'cli',
  '@prometheus-io/client': 'metrics',
  '@opentelemetry/api': 'metrics',
  testcontainers: 'testing',
};

const foreign = (name) =>
  Object.entries(homeOf)
    .filter(([, home]) => home !== name)
    .map(([library]) => ({
      group: [library, `${library}/*`, `!@sealwire/${library}`],
      message: `Only packages/${homeOf[library]} imports it.`,
    }));

const noble = { group: ['@noble/*'], message: 'Only packages/crypto imports it.' };
const stages = ['envelope', 'identity', 'replay', 'policy', 'audit', 'schema'];

const imports = (name) => ({
  files: [`packages/${name}/src/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...foreign(name),
          ...(name === 'crypto' ? [] : [noble]),
          ...(stages.includes(name)
            ? [
                {
                  group: stages.filter((s) => s !== name).map((s) => `@sealwire/${s}`),
                  message: 'Stages never import stages.',
                },
              ]
            : []),
          ...(name === 'kafka' || name === 'amqp'
            ? [
                {
                  group: [...stages, 'crypto'].map((s) => `@sealwire/${s}`),
                  message: 'Adapters meet stages through core and the facade.',
                },
              ]
            : []),
        ],
      },
    ],
  },
});

const packages = [
  'core',
  'crypto',
  'envelope',
  'schema',
  'identity',
  'replay',
  'policy',
  'audit',
  'sealwire',
  'kafka',
  'amqp',
  'amqp-connection-manager',
  'nestjs-kafka',
  'nestjs-rmq',
  'metrics',
  'cli',
  'testing',
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/*.{js,cjs}', 'packages/tooling/examples-*/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: [`${root}packages/*/tsconfig.json`, `${root}test/tsconfig.json`],
        tsconfigRootDir: root,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-useless-constructor': 'off', // narrowing a parameter's type is a use
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // states of a journey are such parameters
      'no-console': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  ...packages.map(imports),
  {
    files: ['**/test/**/*.ts'],
    rules: {
      'no-console': 'off',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['packages/cli/src/**/*.ts', 'test/{bench,demo}/**/*.ts'], rules: { 'no-console': 'off' } },
);
