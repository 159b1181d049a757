// The Sigma rules that SIEM teams are given: their form, what other tools make of them, and what they find.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventOf, kinds } from '../../packages/audit/test/siem/event-of-each-kind.ts';
import { findPython } from './find-python.ts';
import { refusals, writeTrail, type OcsfEvent } from './written-trail.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

const python = findPython();
if (python === null) {
  const packages = 'pysigma pysigma-backend-splunk pysigma-backend-elasticsearch pysigma-backend-sqlite';
  process.stderr.write(
    `Skipped: the Sigma rules. They need Python 3 with pySigma: pip install ${packages}\n`,
  );
}

interface Rule {
  readonly title: readonly string[];
  readonly id: readonly string[];
  readonly logsource: readonly (readonly string[])[];
  readonly issues: readonly string[];
  readonly queries: Readonly<Record<string, readonly string[]>>;
  readonly matches: readonly number[];
}

function checked(events: readonly unknown[]): Map<string, Rule> {
  const file = join(mkdtempSync(join(tmpdir(), 'sealwire-sigma-')), 'events.jsonl');
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const args = [here('python/check_sigma.py'), here('../../packages/audit/siem/sigma'), file];
  const { status, stdout, stderr } = spawnSync(python!, args, {
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (status !== 0) throw new Error(stderr);
  return new Map(Object.entries(JSON.parse(stdout) as Record<string, Rule>));
}

const alerts = Object.values(refusals);

(python === null ? describe.skip : describe)('a Sigma rule', () => {
  let events: readonly OcsfEvent[];
  let rules: Map<string, Rule>;
  beforeAll(async () => {
    const { events: written } = await writeTrail();
    // What a small pipeline does not come by: one event of each kind.
    events = [...written, ...kinds.map((kind) => eventOf(kind) as OcsfEvent)];
    rules = checked(events);
  });
  const found = (rule: string): readonly OcsfEvent[] =>
    rules.get(rule)!.matches.map((number) => events[number]!);

  test('is there for each kind of alert, for gaps and for keys used after their revocation', () => {
    expect([...rules.keys()].sort()).toEqual([...alerts, 'audit_gap', 'key_used_after_revocation'].sort());
  });

  test('has nothing that pySigma’s validators object to, and an id of its own', () => {
    const all = [...rules.values()];
    expect(all.map(({ issues }) => issues)).toEqual(all.map(() => []));
    expect(all.map(({ logsource }) => logsource)).toEqual(all.map(() => [['sealwire', 'audit']]));
    expect(new Set(all.flatMap(({ id }) => id)).size).toBe(all.length);
  });

  test('becomes a query in Splunk, in both languages of Elasticsearch, and in SQL', () => {
    for (const { queries } of rules.values()) {
      expect(Object.keys(queries).sort()).toEqual(['esql', 'lucene', 'splunk', 'sqlite']);
      for (const texts of Object.values(queries))
        expect(texts).toEqual([expect.stringMatching(/unmapped\.\w+/)]);
    }
    expect(rules.get('encryption_failure')!.queries['lucene']).toEqual(['unmapped.alert:encryption_failure']);
  });

  test.each(alerts)('for %s finds every such alert of a real trail, and no other event', (alert) => {
    const wanted = events.filter(({ unmapped }) => unmapped['alert'] === alert);
    expect(found(alert)).toEqual(wanted);
    const [code] = Object.entries(refusals).find(([, of]) => of === alert)!;
    expect(found(alert).map(({ unmapped }) => unmapped['code'])).toContain(code);
    expect(found(alert).every(({ is_alert }) => is_alert === true)).toBe(true);
  });

  test('of some alert finds each event that is one', () => {
    const numbers = new Set(alerts.flatMap((alert) => rules.get(alert)!.matches));
    const wanted = events.flatMap(({ is_alert }, number) => (is_alert === true ? [number] : []));
    expect([...numbers].sort((a, b) => a - b)).toEqual(wanted);
  });

  test.each([
    ['audit_gap', 'audit.gap'],
    ['key_used_after_revocation', 'key.used_after_revocation'],
  ])('%s finds the events of its kind, and no other', (rule, kind) => {
    expect(found(rule).map(({ unmapped }) => unmapped['kind'])).toEqual([kind]);
  });
});
