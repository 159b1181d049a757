// Alert rules and dashboard: promtool accepts them, and every metric that they name exists.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { promtool } from '@sealwire/testing';
import { counterTable } from '../src/counter-table.js';
import { stateTable } from '../src/state-table.js';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const folder = new URL('..', import.meta.url).pathname;
const rules = await readFile(`${folder}rules/sealwire.yml`, 'utf8');
const ruleTests = await readFile(`${folder}rules/sealwire.test.yml`, 'utf8');
const dashboard = JSON.parse(await readFile(`${folder}dashboards/sealwire.json`, 'utf8')) as Dashboard;
const expressions = dashboard.panels.flatMap(({ targets }) => targets?.map(({ expr }) => expr) ?? []);
const definitions = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);

const labelsOf = new Map<string, readonly string[]>([
  ...counterTable.map(({ name, labels }) => [name, labels] as const),
  ...stateTable.map(
    ({ name, label }) => [name, label === null ? ['system'] : ['system', label.name]] as const,
  ),
]);
const ofScrape = ['job', 'instance'];

const checker = await promtool((line) => void process.stderr.write(`${line}\n`));
const withPromtool = checker === null ? it.skip : it;

/** Metrics with the labels that their selectors name. */
function* selected(text: string): Generator<[string, string[]]> {
  for (const [, name, selector] of text.matchAll(/\b(sealwire_[a-z_]+)(?:\{([^}]*)\})?/g))
    yield [name!, [...(selector ?? '').matchAll(/([a-z_]+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label!)];
}

it.each([
  ['alert rules', rules],
  ['tests of the alert rules', ruleTests],
  ['dashboard', [...expressions, ...definitions].join('\n')],
])('the %s name metrics and labels that exist', (_what, text) => {
  const all = [...selected(text)];
  expect(all.length).toBeGreaterThan(3);
  expect(all.filter(([name]) => !labelsOf.has(name))).toEqual([]);
  for (const [name, labels] of all)
    expect(labels.filter((label) => ![...labelsOf.get(name)!, ...ofScrape].includes(label))).toEqual([]);
});

it('every metric stands in the README', async () => {
  const readme = await readFile(`${folder}README.md`, 'utf8');
  expect([...labelsOf.keys()].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  const instruments = [...counterTable, ...stateTable].map(({ instrument }) => instrument);
  expect(instruments.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

it('every alert has a test in which it fires', () => {
  const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(10);
  const firing = new Set(
    [...ruleTests.matchAll(/alertname: (\w+)\n\s+exp_alerts:/g)].map(([, name]) => name!),
  );
  expect(names.filter((name) => !firing.has(name))).toEqual([]);
});

it('no two panels of the dashboard lie on one another, and none is empty', () => {
  const taken = new Map<string, number>();
  for (const { id, type, gridPos, targets } of dashboard.panels) {
    if (type !== 'row') expect(targets?.length).toBeGreaterThan(0);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(x).toBeLessThan(24);
        expect(taken.get(`${x},${y}`)).toBeUndefined();
        taken.set(`${x},${y}`, id);
      }
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

withPromtool('promtool accepts the alert rules, and their tests pass', async () => {
  expect(await checker!(['check', 'rules', `${folder}rules/sealwire.yml`])).toMatchObject({ code: 0 });
  const tested = await checker!(['test', 'rules', `${folder}rules/sealwire.test.yml`]);
  expect(tested.output).toContain('SUCCESS');
  expect(tested.code).toBe(0);
});

withPromtool('promtool accepts every expression of the dashboard', async () => {
  expect(expressions.length).toBeGreaterThan(20);
  const filled = expressions.map((expr) =>
    expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(job|instance|channel)/g, '.*'),
  );
  expect(filled.filter((expr) => expr.includes('$'))).toEqual([]);
  const lines = filled.map(
    (expr, i) => `      - record: dashboard:expression_${i}\n        expr: ${JSON.stringify(expr)}\n`,
  );
  const place = await mkdtemp(join(tmpdir(), 'sealwire-dashboard-'));
  try {
    const file = join(place, 'dashboard.yml');
    await writeFile(file, `groups:\n  - name: dashboard\n    rules:\n${lines.join('')}`);
    const checked = await checker!(['check', 'rules', file]);
    expect(checked.output).toContain(`SUCCESS: ${lines.length} rules found`);
    expect(checked.code).toBe(0);
  } finally {
    await rm(place, { recursive: true });
  }
});
