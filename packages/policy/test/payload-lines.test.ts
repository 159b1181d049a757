// What a policy may say of payloads, and the hashes that its routes carry.
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadPolicy, openRoutes, payloadsOf, readPolicy } from '../src/index.js';
import { directory, head, policyFile, problems } from './made.js';

const withMessage = (more: string) => `${head}channels:
  news:
    kafka: { topics: [news] }
    messages:
      - { type: item, from: [alice], to: [team], content_type: application/json${more} }
`;
const names = directory(['alice'], { team: ['alice'] });

describe('a message type with a schema', () => {
  test('has its paths resolved beside the policy', () => {
    const file = policyFile(
      withMessage(', schema: schemas/b.avsc, also_accept: [schemas/a.avsc], framing: confluent'),
    );
    expect(payloadsOf(readPolicy(file))).toEqual([
      {
        channel: 'news',
        type: 'item',
        contentType: 'application/json',
        schemaFile: join(dirname(file), 'schemas/b.avsc'),
        acceptedFiles: [join(dirname(file), 'schemas/a.avsc')],
        framing: 'confluent',
        place: `${file}:9:9`,
      },
    ]);
  });

  test('has a route with the hashes of its schemas, and none without them', () => {
    const policy = loadPolicy(policyFile(withMessage(', schema: b.avsc, also_accept: [a.avsc]')), {
      agent: 'alice',
    });
    const routes = openRoutes(policy, names, 'alice', (file) => Buffer.from(file.slice(-6)));
    const route = routes.inbound('news', 'item')!;
    expect([String(route.schema), String(route.acceptedSchemas)]).toEqual(['b.avsc', 'a.avsc']);
    expect(() => openRoutes(policy, names, 'alice')).toThrow('was not told the hash');
  });

  test.each([
    [', schema: a.proto', 'messages[0].schema must be a path without placeholders that ends in .avsc'],
    [", schema: '{agent}.avsc'", 'messages[0].schema must be a path without placeholders'],
    [', also_accept: [a.avsc]', 'messages[0] has also_accept without schema'],
    [', compress: gzip', 'messages[0].compress must be one of none, deflate, zstd'],
    [', framing: cloudevent', 'messages[0].framing must be one of none, confluent, cloudevents'],
    [', shema: a.avsc', 'messages[0].shema is not known here; did you mean "schema"?'],
  ])('is refused with %s', (more, problem) => {
    const found = problems(readPolicy, withMessage(more));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });
});
