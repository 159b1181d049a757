// The catalogue and the published schema have every kind of event, and say what is so.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { AuditEvent } from '@sealwire/core';
import { EventRenderer } from '../../src/index.js';
import { kinds, link, opened, outcomes, received, rejected, sent, writer } from './made.js';
import { ocsfFaults } from './ocsf-faults.js';
import { namingFacts, wordyFacts } from '../../src/events/naming-facts.js';

interface Kind {
  readonly properties: Readonly<Record<string, { readonly description?: string; readonly enum?: string[] }>>;
}
const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const schema = JSON.parse(read('../../event.schema.json')) as {
  readonly $defs: Readonly<Record<string, Kind>>;
};
const validate = new Ajv2020({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  strictTypes: false,
}).compile(schema);
const faults = (event: unknown): string[] => {
  validate(event);
  return (validate.errors ?? []).map(
    ({ instancePath, keyword, params }) => `${instancePath} ${keyword} ${JSON.stringify(params)}`,
  );
};
const faultsOf = (event: AuditEvent): string[] =>
  faults(JSON.parse(new EventRenderer().render(event, writer, link)));

const sections = new Map(
  read('../../EVENTS.md')
    .split(/^### /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
);
const ownFields = (kind: string): string[] =>
  Object.keys(schema.$defs[kind]!.properties).filter((name) => name !== 'outcome');
const outcomesOf = (kind: string): readonly string[] => schema.$defs[kind]!.properties['outcome']!.enum!;

test('the catalogue and the schema have each kind once, and no other', () => {
  expect([...sections.keys()].sort()).toEqual([...kinds].sort());
  expect(
    Object.keys(schema.$defs)
      .filter((name) => name !== 'record')
      .sort(),
  ).toEqual([...kinds].sort());
});

test('every outcome is one of some kind', () => {
  expect([...new Set(kinds.flatMap((kind) => [...outcomesOf(kind)]))].sort()).toEqual([...outcomes].sort());
});

describe.each(kinds)('%s', (kind) => {
  const section = sections.get(kind) ?? '';
  const example = /```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '';

  it('has an example that the schema and OCSF take, of that kind', () => {
    expect(faults(JSON.parse(example))).toEqual([]);
    expect(ocsfFaults(example)).toEqual([]);
    expect((JSON.parse(example) as { unmapped: { kind: string } }).unmapped.kind).toBe(kind);
  });

  it('says the same outcomes and fields as the schema', () => {
    const told = /^Outcomes: (.*)\.$/m.exec(section)?.[1]?.split(', ') ?? [];
    expect(told).toEqual(outcomesOf(kind).map((outcome) => `\`${outcome}\``));
    expect([...section.matchAll(/^\| `(\w+)` /gm)].map((row) => row[1])).toEqual(ownFields(kind));
  });

  it('is refused by the schema with a field or an outcome that it does not have', () => {
    const event = JSON.parse(example) as { unmapped: Record<string, unknown> };
    expect(faults({ ...event, unmapped: { ...event.unmapped, nonsense: 1 } })).not.toEqual([]);
    expect(faults({ ...event, unmapped: { ...event.unmapped, outcome: 'nonsense' } })).not.toEqual([]);
  });
});

test('what is sent, received, rejected and opened is as the schema says', () => {
  const without = (event: AuditEvent, ...names: readonly string[]): AuditEvent => ({
    ...event,
    facts: Object.fromEntries(Object.entries(event.facts).filter(([name]) => !names.includes(name))),
  });
  for (const event of [
    sent,
    without(received, 'correlation_id'),
    { ...rejected, facts: { ...rejected.facts, delivery_tag: 9 } },
    opened,
  ])
    expect(faultsOf(event)).toEqual([]);
});

describe('what the packages write', () => {
  const sources = readdirSync(new URL('../../..', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[^/]+\/src\/[^.]+\.ts$/.test(path))
    // The renderer reads facts and writes none.
    .filter((path) => !path.startsWith('audit/src/events/'))
    .map((path) => read(`../../../${path}`).replace(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, ''))
    .filter((text) => /AuditEvent/.test(text) && /kind: |facts/.test(text));
  /** Names in object literals of facts: `facts: { a: …, b }`, and `facts['a'] = `. */
  const written = new Set(
    sources.flatMap((text) => [
      ...[...text.matchAll(/facts: \{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g)].flatMap((block) =>
        [...block[1]!.matchAll(/(?<=(?:^|[{,])\s*)([a-z][a-z_]*)(?=\s*[:,]|\s*$)/g)].map((name) => name[1]!),
      ),
      ...[...text.matchAll(/(?:all|facts)\['([a-z_]+)'\] = /g)].map((name) => name[1]!),
    ]),
  );
  const listed = new Set(kinds.flatMap(ownFields));

  it('is found by this test', () => {
    expect(sources.length).toBeGreaterThan(5);
    for (const name of ['key_id', 'trace_id', 'quarantine_id', 'tls_cipher', 'by', 'open_ms', 'uses'])
      expect([...written]).toContain(name);
  });

  it('has no fact that the schema does not know', () => {
    expect([...written].filter((name) => !listed.has(name))).toEqual([]);
  });

  it('A-6: has no fact that holds a name and has no pseudonym', () => {
    const naming = kinds.flatMap((kind) =>
      ownFields(kind)
        .filter((name) =>
          /\b(agents?|operators?|names? of|who)\b/i.test(
            schema.$defs[kind]!.properties[name]!.description ?? '',
          ),
        )
        .map((name) => `${kind} ${name}`),
    );
    expect(naming.length).toBeGreaterThan(8);
    expect(naming.filter((each) => !namingFacts.has(each.split(' ')[1]!))).toEqual([]);
    const wordy = Object.entries(wordyFacts).flatMap(([kind, names]) => names.map((name) => [kind, name]));
    for (const [kind, name] of wordy) expect(ownFields(kind!)).toContain(name);
  });
});
